"""Pages printed by a real Chromium."""

import shutil
import subprocess

import pytest

from pmlib.reports.files import pdf as printing
from pmlib.reports.files.pdf import PrintError, pdf

PAGE = "<!doctype html><meta charset=utf-8><title>t</title><h1>6,058 people were active</h1>" + "<p>x</p>" * 200


@pytest.mark.browser
def test_a_page_becomes_a_pdf_of_the_same_bytes(browser, tmp_path):
    page = tmp_path / "a b.html"
    page.write_text(PAGE + "<img src='http://127.0.0.1:1/x.png'>", encoding="utf-8")
    for name in ("1.pdf", "2.pdf"):
        pdf(page, tmp_path / name)
    content = (tmp_path / "1.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") >= 2
    assert content == (tmp_path / "2.pdf").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.pdf", "2.pdf", "a b.html"]
    if shutil.which("pdftotext"):
        words = subprocess.run(["pdftotext", tmp_path / "1.pdf", "-"], capture_output=True, text=True, check=True)
        assert "6,058 people were active" in words.stdout


@pytest.mark.browser
def test_a_page_that_takes_too_long_is_stopped_with_the_browser(browser, tmp_path):
    page = tmp_path / "a.html"
    page.write_text("<script>for(;;){}</script>", encoding="utf-8")
    with pytest.raises(PrintError, match="longer than 2 seconds"):
        pdf(page, tmp_path / "a.pdf", seconds=2)
    assert not (tmp_path / "a.pdf").exists()


def test_without_a_browser_or_a_page_it_says_what_to_do(tmp_path, monkeypatch):
    with pytest.raises(PrintError, match="pmlib run"):
        pdf(tmp_path / "none.html", tmp_path / "a.pdf")
    page = tmp_path / "a.html"
    page.write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(printing, "BROWSERS", ())
    with pytest.raises(PrintError, match="Install one"):
        pdf(page, tmp_path / "a.pdf")
