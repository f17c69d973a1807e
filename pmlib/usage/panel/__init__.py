"""Questions by hand in JupyterLab."""
