"""In the browser: the workbook's file, or the kernel of the page, goes away under an open form."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
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


def _kernel_of(page) -> int:
    """Find the process of the kernel that a page speaks to."""
    name = page.evaluate("window.jupyterapp.widgetManager.kernel.id")
    order = ["ps", "-ewwo", "pid=,args="]
    listed = subprocess.run(order, capture_output=True, text=True, check=True)
    return next(int(one.split()[0]) for one in listed.stdout.splitlines() if name in one)


@pytest.mark.console_errors_expected("404")  # the page asks whether its kernel is still there
def test_killed_kernel_is_told_until_the_page_is_opened_again_and_the_form_comes_back(phone, visit):
    visit(phone, "#/contact")
    heard = phone.get_by_label("听到的情况")
    heard.press_sequentially("血压偏高，想请医生上门", delay=10)
    phone.wait_for_timeout(1500)  # nobody leaves the field: what was typed is kept meanwhile
    os.kill(_kernel_of(phone), signal.SIGKILL)
    banner = phone.locator("#cw-banner")
    expect(banner).to_contain_text("此前填写的，重新打开后还在")
    phone.wait_for_timeout(2500)  # no other kernel takes its place, which would know nothing of it
    expect(banner).to_be_visible()
    for save in (
        lambda: phone.get_by_role("button", name="登记联系").last.click(),
        lambda: phone.keyboard.press("Control+s"),
    ):
        save()
        expect(banner.get_by_role("button")).to_be_focused()
        heard.focus()
    expect(phone.get_by_text("正在处理")).to_have_count(0)
    expect(heard).to_have_value("血压偏高，想请医生上门")
    assert phone.evaluate(
        "[...document.querySelectorAll('.jupyter-widgets-disconnected')]"
        ".every((one) => getComputedStyle(one, '::before').content === 'none')"
    )
    banner.get_by_role("button", name="重新打开").click()
    expect(phone.locator("html[data-casework=live]")).to_be_attached()
    expect(phone.get_by_label("听到的情况")).to_have_value("血压偏高，想请医生上门")
