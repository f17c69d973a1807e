"""``python -m pmlib``."""

from pmlib.cli import main

if __name__ == "__main__":
    main()
