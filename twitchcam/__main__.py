"""`python -m twitchcam`: the command line."""

from twitchcam.cli import app_main

if __name__ == "__main__":
    app_main()
