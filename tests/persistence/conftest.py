import hashlib
import json

import pytest
import safetensors.torch


def rewrite(path, change=None):
    """Change the manifest and tensors of a model file; its digest stays honest."""
    data = path.read_bytes()
    tensors = safetensors.torch.load(data)
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    manifest = json.loads(header["__metadata__"]["rcseq-model"])
    manifest["sha256"] = "0" * 64
    if change is not None:
        manifest = change(manifest, tensors) or manifest
    text = manifest if isinstance(manifest, str) else json.dumps(manifest)
    data = bytearray(safetensors.torch.save(tensors, {"rcseq-model": text}))
    digest = hashlib.sha256(data).hexdigest().encode()
    path.write_bytes(data.replace(b"0" * 64, digest, 1))


@pytest.fixture
def craft():
    return rewrite
