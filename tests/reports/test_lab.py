"""The notebooks by hand, in a real JupyterLab in a real browser."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect

from tests.conftest import ROOT

pytestmark = pytest.mark.browser
TOKEN = "only-on-loopback"


@pytest.fixture(scope="module")
def desk(tmp_path_factory, demo) -> Path:
    """A folder as a checkout has it: the notebooks, and the demo data beside them."""
    folder = tmp_path_factory.mktemp("desk")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*"))
    (folder / "data").mkdir()
    (folder / "data" / "demo").symlink_to(demo)
    return folder


@pytest.fixture(scope="module")
def lab(desk):
    """The address of a JupyterLab on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={desk}", "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    homes = {name: str(desk / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    with (desk / "lab.log").open("wb") as log:
        server = subprocess.Popen(words, stdout=log, stderr=log, env=os.environ | homes)
    base = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{base}/api?token={TOKEN}", timeout=2).close()
                break
            except (urllib.error.URLError, TimeoutError):
                time.sleep(0.5)
        else:
            pytest.fail((desk / "lab.log").read_text()[-2000:])
        yield base
    finally:
        server.terminate()
        server.wait(timeout=30)


def run_all(browser, lab: str, path: str):
    """Open a notebook and run all its cells, until the last one has run."""
    tab = browser.new_page(viewport={"width": 1400, "height": 20_000})
    tab.goto(f"{lab}/lab/tree/{path}?token={TOKEN}&reset")
    tab.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=90_000)
    # Before its kernel is connected a notebook asks which one to take.
    tab.wait_for_selector(".jp-StatusBar-TextItem:has-text('| Idle')", timeout=90_000)
    tab.get_by_role("menuitem", name="Run", exact=True).first.click()
    tab.get_by_text("Run All Cells", exact=True).first.click()
    # Cells run in their order: when the last one has its number, all have.
    done = tab.locator(".jp-Notebook .jp-CodeCell").last.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))
    failed = tab.locator("[data-mime-type='application/vnd.jupyter.error']")
    expect(done.or_(failed).first).to_be_visible(timeout=180_000)
    return tab


@pytest.mark.parametrize("name", ["engagement", "trends", "experiment", "survey"])
def test_each_finding_shows_head_chart_and_table(browser, lab, desk, name):
    tab = run_all(browser, lab, f"notebooks/{name}.ipynb")
    try:
        assert not tab.locator("[data-mime-type='application/vnd.jupyter.error']").all_inner_texts()
        tab.wait_for_selector(".js-plotly-plot .main-svg", timeout=60_000)
        cells = nbformat.read(desk / "notebooks" / f"{name}.ipynb", 4).cells
        questions = [c for c in cells if c.cell_type == "code" and c.source.strip().isidentifier()]
        assert questions
        heads = tab.locator(".jp-RenderedHTMLCommon strong").count()
        assert heads >= len(questions)
        assert tab.locator(".js-plotly-plot").count() >= len(questions) // 2
        assert tab.locator(".jp-RenderedHTMLCommon table").count() >= len(questions) // 2
    finally:
        tab.close()


def test_the_magic_renders_the_open_notebook_as_a_run_would(browser, lab, desk):
    path = desk / "notebooks" / "mine.ipynb"
    notebook = nbformat.read(desk / "notebooks" / "survey.ipynb", 4)
    nbformat.write(notebook, path)
    asking = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("%load_ext pmlib.lab\n%pm report mine.ipynb")])
    asking.metadata["kernelspec"] = notebook.metadata["kernelspec"]
    nbformat.write(asking, desk / "notebooks" / "asking.ipynb")
    tab = run_all(browser, lab, "notebooks/asking.ipynb")
    try:
        tab.wait_for_selector(".jp-OutputArea a:has-text('Open the page')", timeout=120_000)
        link = tab.locator(".jp-OutputArea a:has-text('Open the page')").get_attribute("href")
    finally:
        tab.close()
    pages = list((desk / "notebooks" / "tries").glob("*/mine.html"))
    assert len(pages) == 1
    assert link
    assert pages[0].name in link
    assert b"<figure" in pages[0].read_bytes()
