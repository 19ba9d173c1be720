"""What travels between the web process and the process that draws: lengths first, then bytes. Pure."""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

_LENGTH = struct.Struct(">Q")
_LARGEST = 64_000_000


@dataclass(frozen=True, kw_only=True)
class DrawRequest:
    """One document: its page, the pictures the page names as `image:NAME`, and files to attach."""

    html: str
    created_at: datetime  # stands in the file, so the same facts give the same bytes
    images: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)  # name -> (media type, bytes)
    attachments: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def identifier(self) -> str:
        """SHA-256 over everything that shows, as 64 hexadecimal digits."""
        digest = hashlib.sha256()
        for part in (self.html.encode(), self.created_at.isoformat().encode()):
            digest.update(_LENGTH.pack(len(part)) + part)
        for name, (media_type, data) in sorted(self.images.items()):
            digest.update(f"image {name} {media_type} {len(data)}\n".encode() + data)
        for name, data in sorted(self.attachments.items()):
            digest.update(f"file {name} {len(data)}\n".encode() + data)
        return digest.hexdigest()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The document, or why there is none."""

    pdf: bytes
    problem: str


def write_request(stream: IO[bytes], request: DrawRequest) -> None:
    head = {
        "created_at": request.created_at.isoformat(),
        "images": [[name, media_type] for name, (media_type, _) in request.images.items()],
        "attachments": list(request.attachments),
    }
    blocks = [
        json.dumps(head).encode(),
        request.html.encode(),
        *(data for _, data in request.images.values()),
        *request.attachments.values(),
    ]
    _write_blocks(stream, blocks)


def read_request(stream: IO[bytes]) -> DrawRequest | None:
    """The next request; None when the other end is gone."""
    blocks = _read_blocks(stream)
    if blocks is None:
        return None
    head: dict[str, Any] = json.loads(blocks[0])
    images, rest = head["images"], blocks[2:]
    return DrawRequest(
        html=blocks[1].decode(),
        created_at=datetime.fromisoformat(head["created_at"]),
        images={name: (media_type, data) for (name, media_type), data in zip(images, rest, strict=False)},
        attachments=dict(zip(head["attachments"], rest[len(images) :], strict=True)),
    )


def write_answer(stream: IO[bytes], answer: Answer) -> None:
    _write_blocks(stream, [answer.problem.encode(), answer.pdf])


def read_answer(stream: IO[bytes]) -> Answer | None:
    """The answer; None when the process ended before it gave one."""
    blocks = _read_blocks(stream)
    return None if blocks is None else Answer(problem=blocks[0].decode(), pdf=blocks[1])


def _write_blocks(stream: IO[bytes], blocks: list[bytes]) -> None:
    stream.write(_LENGTH.pack(len(blocks)))
    for block in blocks:
        stream.write(_LENGTH.pack(len(block)))
        stream.write(block)
    stream.flush()


def _read_blocks(stream: IO[bytes]) -> list[bytes] | None:
    count = _read_length(stream)
    if count is None:
        return None
    blocks: list[bytes] = []
    for _ in range(count):
        length = _read_length(stream)
        block = b"" if length is None else stream.read(length)
        if length is None or len(block) < length:
            return None
        blocks.append(block)
    return blocks


def _read_length(stream: IO[bytes]) -> int | None:
    data = stream.read(_LENGTH.size)
    if len(data) < _LENGTH.size:
        return None
    length: int = _LENGTH.unpack(data)[0]
    return length if length <= _LARGEST else None
