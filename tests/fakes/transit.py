"""A stand-in for HashiCorp's Vault: the transit engine, as its documentation describes it.

It has what a vault of data keys asks for: ``datakey/plaintext``, ``decrypt``, keys that are
derived by a context and that rotate, tokens, and the sealed state. No Vault was at hand to
compare it with.

Source: Vault's HTTP API, "Transit secrets engine" and "Response codes", read 2026-11.
"""

import base64
import os
import threading
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "hvs.stand-in-token"  # noqa: S105 - of the stand-in
KEY, MOUNT = "ledgerlane", "transit"
_NONCE = 12


@dataclass
class TransitEngine:
    """One engine with one derived key of type ``aes256-gcm96``.

    Attributes:
        versions: The key's material, oldest first.
        sealed: Whether Vault was sealed, and answers nothing.
        fails_to_seal: Whether it fails to make data keys, while it decrypts still.
        holds: While it is cleared, no answer leaves.
        asked: The paths of all requests.
    """

    versions: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    sealed: bool = False
    fails_to_seal: bool = False
    holds: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.holds.set()

    def app(self) -> Starlette:
        root = f"/v1/{MOUNT}"
        return Starlette(
            routes=[
                Route(root + "/datakey/plaintext/{name}", self._data_key, methods=["POST"]),
                Route(root + "/decrypt/{name}", self._decrypt, methods=["POST"]),
            ]
        )

    def rotate(self) -> None:
        self.versions.append(os.urandom(32))

    def _aead(self, version: int, context: str) -> AESGCM:
        derived = HKDF(SHA256(), 32, salt=None, info=base64.b64decode(context))
        return AESGCM(derived.derive(self.versions[version - 1]))

    async def _data_key(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        body = await request.json()
        if self.fails_to_seal:
            return _error(500, "internal error")
        if not body.get("context"):
            return _error(400, "missing 'context' for key derivation")
        plain, nonce, version = os.urandom(32), os.urandom(_NONCE), len(self.versions)
        cipher = nonce + self._aead(version, body["context"]).encrypt(nonce, plain, None)
        return _data(plaintext=_text(plain), ciphertext=f"vault:v{version}:{_text(cipher)}")

    async def _decrypt(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        body = await request.json()
        try:
            prefix, version, cipher = body["ciphertext"].split(":", 2)
            if prefix != "vault" or not version.startswith("v"):
                return _error(400, "invalid ciphertext: no prefix")
            number, raw = int(version[1:]), base64.b64decode(cipher, validate=True)
            if not 1 <= number <= len(self.versions):
                return _error(400, "invalid ciphertext: version is too new")
            aead = self._aead(number, body["context"])
            plain = aead.decrypt(raw[:_NONCE], raw[_NONCE:], None)
        except (InvalidTag, ValueError):
            return _error(400, "cipher: message authentication failed")
        return _data(plaintext=_text(plain))

    def _refused(self, request: Request) -> Response | None:
        self.asked.append(request.url.path)
        self.holds.wait()
        if self.sealed:
            return _error(503, "Vault is sealed")
        if request.headers.get("x-vault-token") != TOKEN:
            return _error(403, "permission denied")
        if request.path_params["name"] != KEY:
            return _error(400, "encryption key not found")
        return None


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _data(**data: str) -> Response:
    return JSONResponse({"request_id": "", "lease_id": "", "data": data})


def _error(status: int, *errors: str) -> Response:
    return JSONResponse({"errors": list(errors)}, status_code=status)
