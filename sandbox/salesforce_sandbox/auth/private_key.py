"""The private key by which clients of the org log in without a password."""

from functools import lru_cache
from threading import Lock

_being_made = Lock()


def private_key_pem() -> str:
    """The key as PEM (PKCS 8); the same for all orgs of a process.

    To make one takes 50 to 200 ms, so it is made when somebody first asks. A thread may ask ahead: whoever asks
    meanwhile waits for it.
    """
    with _being_made:
        return _new_key()


@lru_cache(maxsize=1)
def _new_key() -> str:
    # Imported here for the commands that ask a running sandbox: they take the options along, and never make a key.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem.decode("ascii")
