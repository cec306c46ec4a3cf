"""Settings of the hub, the reason beside each that is not the default.

What differs between installations is read from the file that ``CASEWORK_SITE`` names (TOML, written
by install.py, never overwritten); secrets come from the environment of the service.
"""

import os
import sys
import tomllib
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from casework_hub import OwnAccount, OwnLogin, ways_of  # noqa: E402
from tornado.web import StaticFileHandler  # noqa: E402

c = get_config()  # type: ignore[name-defined]  # noqa: F821
site = tomllib.loads(Path(os.environ["CASEWORK_SITE"]).read_text(encoding="utf-8"))
state = Path(site["state"])


class OurFiles(StaticFileHandler):
    """Style and script of the hub's pages."""

    def set_extra_headers(self, path: str) -> None:
        """Let the browser ask whether the file is still the same."""
        self.set_header("Cache-Control", "no-cache")


# Addresses --------------------------------------------------------------------------------------
# All on loopback: TLS and the way in are nginx's (deploy/nginx).
c.JupyterHub.bind_url = f"http://127.0.0.1:{site['port']}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{site['hub_port']}"
# The proxy is a service of its own under an account of its own: it holds no password and starts
# nothing, and pages stay up while the hub restarts.
c.ConfigurableHTTPProxy.should_start = False
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{site['proxy_port']}"
c.ConfigurableHTTPProxy.auth_token = os.environ["CONFIGPROXY_AUTH_TOKEN"]
# No subdomain a person: nobody is let into anybody else's server (no sharing, no administrators in
# the hub), so that no page of one person ever runs in the browser of another. An agency's network
# rarely has names and certificates by wildcard; where it has, set subdomain_host.
c.JupyterHub.subdomain_host = site.get("subdomain_host", "")

# Login ------------------------------------------------------------------------------------------
c.JupyterHub.authenticator_class = OwnLogin
c.OwnLogin.service = site["pam_service"]
c.OwnLogin.allowed_groups = {site["group"]}  # accounts of services and root do not log in here
c.OwnLogin.database = site["database"]
c.OwnLogin.socket_folder = site["socket_folder"]
# Sessions of PAM would move the hub itself into the slice of whoever logged in last.
c.OwnLogin.open_sessions = False
# Nobody looks into other people's servers: "administrator" is a role of the workbook alone.
c.OwnLogin.admin_users = set()
c.OwnLogin.any_allow_config = True
# An account that was closed is noticed here after a minute; the database notices at once.
c.OwnLogin.auth_refresh_age = 60
c.OwnLogin.refresh_pre_spawn = True
c.JupyterHub.authenticate_prometheus = True

# Cookies ----------------------------------------------------------------------------------------
c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
c.JupyterHub.cookie_max_age_days = 0.5  # a working day; a computer left on overnight is logged out
c.JupyterHub.shutdown_on_logout = True  # whoever logs out leaves nothing in memory

# What may be done through the hub's API: one's own server, and nothing about others. No tokens to
# be made, which would outlive the login; no sharing of servers.
c.JupyterHub.load_roles = [
    {
        "name": "user",
        "scopes": [
            "access:servers!user",
            "delete:servers!user",
            "read:servers!user",
            "read:users:groups!user",
            "read:users:name!user",
            "servers!user",
            "users:activity!user",
        ],
    },
]

# Servers ----------------------------------------------------------------------------------------
c.JupyterHub.spawner_class = OwnAccount
c.OwnAccount.database = site["database"]
c.OwnAccount.socket_folder = site["socket_folder"]
c.OwnAccount.run_folder = site["run"]
# Bytes and processes: one notebook gone wild is stopped before the machine is.
c.OwnAccount.memory_of_process = site.get("memory_of_process", 2 * 2**30)
c.OwnAccount.memory_of_person = site.get("memory_of_person", 4 * 2**30)
c.OwnAccount.processes_at_most = site.get("processes_of_account", 200)
# What lies in a person's home changes nothing about the programs that the hub starts.
c.Spawner.disable_user_config = True
c.Spawner.env_keep = ["LANG", "LC_ALL", "TZ"]
c.Spawner.environment = {
    "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
    "CASEWORK_LANG": site.get("language", "zh"),
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",  # the installation is read-only
    "JUPYTER_PREFER_ENV_PATH": "1",
    **({"CASEWORK_TODAY": site["today"]} if "today" in site else {}),
}
c.Spawner.start_timeout = 120
c.Spawner.http_timeout = 60
# A server that died, or whose account was closed, is noticed after this.
c.Spawner.poll_interval = c.OwnAccount.ask_again_seconds = site.get("look_seconds", 30)
c.JupyterHub.allow_named_servers = True  # JupyterLab beside the dashboards, for caseworkers
c.JupyterHub.named_server_limit_per_user = 1
c.JupyterHub.concurrent_spawn_limit = 10  # at eight in the morning all come at once
c.JupyterHub.active_server_limit = site.get("servers_at_most", 100)
# People who come again find their place without having been asked anything.
c.JupyterHub.default_url = lambda handler: (
    f"{handler.hub.base_url}spawn" if handler.current_user else f"{handler.hub.base_url}login"
)

# The hub itself ---------------------------------------------------------------------------------
c.JupyterHub.db_url = f"sqlite:///{state / 'hub.sqlite'}"
# Servers end with the hub (they are its children): none goes on with the code of before.
c.JupyterHub.cleanup_servers = True
c.JupyterHub.cleanup_proxy = False
c.JupyterHub.template_paths = [str(HERE / "templates")]
c.JupyterHub.extra_handlers = [(r"/casework/(.*)", OurFiles, {"path": str(HERE / "static")})]
c.JupyterHub.template_vars = {
    "agency": site["agency"],
    # The hub calls what it finds here with the user; the page then asks only where it needs to.
    "ways_of": lambda _user: partial(
        ways_of, database=site["database"], folder=site["socket_folder"]
    ),
}
c.JupyterHub.log_level = "WARN"  # addresses of pages tell who looked at whom
c.JupyterHub.tornado_settings = {
    "headers": {
        # Our pages have one script and one style, from here; no inline script, no foreign host.
        "Content-Security-Policy": "; ".join(
            [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self' data:",
                "connect-src 'self'",
                "form-action 'self'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ]
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # the hub's own check of forms reads it
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    },
    "cookie_options": {"SameSite": "Lax", **({"secure": True} if site["https"] else {})},
}
