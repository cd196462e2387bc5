from twitchcam.api import Analysis as Analysis
from twitchcam.api import Events as Events
from twitchcam.api import Region as Region
from twitchcam.api import Signals as Signals
from twitchcam.api import analyze as analyze
from twitchcam.api import load as load
from twitchcam.api import triage as triage
from twitchcam.errors import InputRefused as InputRefused
from twitchcam.protocol import Segment as Segment
from twitchcam.review import Decision as Decision
from twitchcam.review import Review as Review
from twitchcam.summary import Event as Event
from twitchcam.triage.answers import Answers as Answers

__version__: str
