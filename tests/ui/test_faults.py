"""In the browser: the workbook's file goes away under an open form, and comes back."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect


def test_form_outlives_the_absence_of_its_workbook(page, visit, workbook_file: Path):
    visit(page, "#/contact")
    heard = page.get_by_label("听到的情况")
    away = workbook_file.with_name("away.sqlite")
    workbook_file.rename(away)
    heard.fill("血压偏高，想请医生上门")
    heard.blur()
    told = page.locator(".cw-toast")
    expect(told).to_contain_text("没有保存。")
    expect(told).to_contain_text("请放回原处后再试。您填写的内容还在。")
    page.get_by_role("navigation").get_by_role("button", name="人员").click()
    expect(told).to_have_count(2)  # the draft was not kept, the other page cannot be shown
    expect(told.last).to_contain_text("工作簿文件不见了")
    expect(heard).to_have_value("血压偏高，想请医生上门")
    assert page.url.endswith("#/contact")
    away.rename(workbook_file)
    page.get_by_role("navigation").get_by_role("button", name="人员").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("老干部")
    page.go_back()
    expect(heard).to_have_value("血压偏高，想请医生上门")
