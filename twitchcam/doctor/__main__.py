"""`python -m twitchcam.doctor`: the doctor alone, for a machine on which `twitchcam` does not start."""

import sys

from twitchcam.doctor.command import main

if __name__ == "__main__":
    sys.exit(main())
