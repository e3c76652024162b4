"""The recipe that a customer pastes into a web server passes the folder on, and nothing else (O1, `file_proxy`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from revocation.ownership.challenge import FILE_FOLDER
from revocation.ownership.diagnosis.recipes import web_server
from tests.servers.web_server import PUBLIC, WebServer, response
from tests.servers.zone_server import free_port

pytestmark = pytest.mark.process

NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port}; location / {{ return 200 "the site"; }}
{recipe}
    }}
}}
"""
APACHE = """
ServerRoot {folder}
PidFile {folder}/pid
ErrorLog {folder}/log
ServerName shop.example
Listen 127.0.0.1:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
DocumentRoot {folder}/site
{recipe}
"""
SERVERS = {
    "nginx": (NGINX, "nginx", ["-c"], "nginx-light"),
    "Apache": (APACHE, "apache2", ["-X", "-f"], "apache2-bin"),
}


@contextmanager
def serving(kind: str, recipe: str, folder: Path) -> Iterator[str]:
    """Run the program with this recipe in its configuration. Yields its address."""
    text, program, options, package = SERVERS[kind]
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if not found:
        install = f"apt-get install --no-install-recommends {package}"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{program} is not installed: {install}")
    (folder / "site").mkdir()
    (folder / "site" / "index.html").write_text("the site")
    port = free_port("127.0.0.1")
    (folder / "conf").write_text(text.format(folder=folder, port=port, recipe=recipe))
    process = subprocess.Popen([found, *options, str(folder / "conf")], stderr=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def fetched(address: str) -> tuple[int, bytes]:
    until = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            return refused.code, b""
        except urllib.error.URLError:  # not up yet
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@pytest.mark.parametrize("kind", SERVERS)
def test_O1_the_recipe_passes_the_folder_on(kind: str, tmp_path: Path) -> None:
    with WebServer() as portal:
        given = f"http://{PUBLIC}:{portal.port}/delegated/token/"
        portal.pages["/delegated/token/a.txt"] = response(b"the value")
        (recipe,) = [one.text for one in web_server(given) if one.where == kind]
        with serving(kind, recipe, tmp_path) as site:
            assert fetched(f"{site}/index.html") == (200, b"the site")
            assert fetched(f"{site}{FILE_FOLDER}a.txt") == (200, b"the value")
            assert fetched(f"{site}{FILE_FOLDER}b.txt")[0] == 404
        assert portal.connections == 2
