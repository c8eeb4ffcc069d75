"""What Python's garbage collector looks through while keys are to be answered."""

from __future__ import annotations

import gc


def set_aside() -> None:
    """Collect now, and leave what stays out of later collections (`gc.freeze`).

    The widgets, styles and plan of a wizard are some 100,000 objects. Under a storm of log lines a full
    collection comes every second: with these in it each takes 50 to 80 ms, in which no key is answered; without
    them about 10. What was set aside before is looked through here, so that a screen that is gone is not kept.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
