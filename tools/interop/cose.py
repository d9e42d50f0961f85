"""Verifies a COSE receipt (RFC 9942) of a certificate with cbor2 and cryptography, which know nothing of this project.

python3 cose.py RECEIPT.cose CERTIFICATE.sigstore.json TRUSTED_ROOT.json
"""
import base64
import hashlib
import json
import sys

import cbor2
from cryptography.hazmat.primitives.serialization import load_der_public_key

ALG, KID, VDS, VDP, INCLUSION = 1, 4, 395, 396, -1


def root_of(entry, size, index, path):
    """RFC 9162 §2.1.3.2"""
    fn, sn = index, size - 1
    r = hashlib.sha256(b"\x00" + entry).digest()
    for p in path:
        assert sn > 0, "the path is too long"
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0, "the path is too short"
    return r


receipt_file, certificate_file, trusted_root_file = sys.argv[1:4]
receipt = cbor2.loads(open(receipt_file, "rb").read())
assert receipt.tag == 18, "not a COSE_Sign1"
protected, unprotected, payload, signature = receipt.value
header = cbor2.loads(protected)
assert header[ALG] == -8 and header[VDS] == 1 and payload is None
size, index, path = cbor2.loads(unprotected[VDP][INCLUSION][0])
entry = base64.b64decode(
    json.load(open(certificate_file))["verificationMaterial"]["tlogEntries"][0]["canonicalizedBody"]
)
log = next(
    log
    for log in json.load(open(trusted_root_file))["tlogs"]
    if base64.b64decode(log["logId"]["keyId"]) == header[KID]
)
key = load_der_public_key(base64.b64decode(log["publicKey"]["rawBytes"]))
key.verify(signature, cbor2.dumps(["Signature1", protected, b"", root_of(entry, size, index, path)]))
print(f"✓ entry {index} of {log['baseUrl']}: path and signature over the root hold")
