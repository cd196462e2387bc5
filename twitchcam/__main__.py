"""`python -m twitchcam` and `twitchcam`: the command line, supervised."""

from twitchcam.supervise.parent import main

if __name__ == "__main__":
    main()
