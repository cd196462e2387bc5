"""`python -m twitchcam` and `twitchcam`: the command line, supervised."""

import sys

from twitchcam.supervise import parent


def main() -> None:
    """Run the program; where the command line itself does not load, say what helps."""
    try:
        parent.main()
    except ImportError as error:
        from twitchcam.doctor.start import without_library

        sys.exit(without_library(error, sys.argv[1:]))


if __name__ == "__main__":
    main()
