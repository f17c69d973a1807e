"""Findings as files of other programs: CSV, Excel, PowerPoint, PDF; and memos checked against them."""
