"""Commands in processes of their own, whose signals the system hands to the thread that a test wants."""

import sys
from collections.abc import Sequence

_BEFORE = """
import signal, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
# Threads begun from here on leave signals to the one above, as the main thread does.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
"""
_STUDIO = "from ziggy_studio.cli import main; main()"
_SANDBOX = "from salesforce_sandbox.cli import main; main()"


def _python(code: str) -> Sequence[str]:
    return (sys.executable, "-c", code)


STUDIO, SANDBOX = _python(_STUDIO), _python(_SANDBOX)
# The system may choose any thread of a process for a signal: here it never chooses the main one.
STUDIO_WITH_SIGNALS_ELSEWHERE, SANDBOX_WITH_SIGNALS_ELSEWHERE = _python(_BEFORE + _STUDIO), _python(_BEFORE + _SANDBOX)
