# SPDX-License-Identifier: GPL-3.0-or-later
"""WS-Management envelopes: read a request, write a response or a fault. No I/O.

Source: MS-WSMV; shapes as pywinrm and pypsrp expect them (lab-wire 8, winrm-psrp-server 5).
"""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope",
    "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd",
    "x": "http://schemas.xmlsoap.org/ws/2004/09/transfer",
    "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "rsp": "http://schemas.microsoft.com/wbem/wsman/1/windows/shell",
    "ps": "http://schemas.microsoft.com/powershell",
}
SHELL = NS["rsp"]
TRANSFER = NS["x"]
CONTENT_TYPE = "application/soap+xml;charset=UTF-8"
DEFAULT_TIMEOUT = 60.0
DEFAULT_MAX_ENVELOPE = 153600
_ENVELOPE_OVERHEAD = 2500  # bytes of an answer that are not its content, with some to spare

_DECLARATIONS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
_DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")
_FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
_WSMAN_FAULT = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"
_WMI_ERROR = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError"


class WSManFault(Exception):
    """A fault that goes back to the client.

    code: the WSMan number that clients switch on; subcode: the SOAP subcode; sender: whether the client is to blame.
    """

    def __init__(self, code: int, subcode: str, reason: str, *, sender: bool = True) -> None:
        super().__init__(reason)
        self.code, self.subcode, self.reason, self.sender = code, subcode, reason, sender


def seconds(duration: str | None, default: float) -> float:
    """An XML duration such as PT20.000S as seconds; default when it is absent or not a duration."""
    match = _DURATION.match((duration or "").strip())
    if not match or not any(match.groups()):
        return default
    days, hours, minutes, secs = (float(group or 0) for group in match.groups())
    return days * 86400 + hours * 3600 + minutes * 60 + secs


def _not_closed() -> bool:
    return False


@dataclass
class Request:
    """One request's header and body. timeout is in seconds, max_envelope in bytes."""

    body: ET.Element
    action: str = ""
    resource: str = ""
    message_id: str = ""
    shell_id: str = ""
    timeout: float = DEFAULT_TIMEOUT
    max_envelope: int = DEFAULT_MAX_ENVELOPE
    options: dict[str, str] = field(default_factory=dict)
    client_gone: Callable[[], bool] = _not_closed

    @classmethod
    def parse(cls, data: bytes) -> Request:
        """Raises WSManFault when data is no SOAP envelope."""
        try:
            root = ET.fromstring(data)
        except ET.ParseError as error:
            raise WSManFault(0x80338000, "w:SchemaValidationError", f"The request is not XML: {error}.") from None
        header, body = root.find("s:Header", NS), root.find("s:Body", NS)
        if header is None or body is None:
            raise WSManFault(0x80338000, "w:SchemaValidationError", "The request has no SOAP header or no body.")

        def text(path: str) -> str:
            return (header.findtext(path, "", NS)).strip()

        envelope = text("w:MaxEnvelopeSize")
        request = cls(
            body=body,
            action=text("a:Action"),
            resource=text("w:ResourceURI"),
            message_id=text("a:MessageID"),
            timeout=seconds(text("w:OperationTimeout"), DEFAULT_TIMEOUT),
            max_envelope=int(envelope) if envelope.isdecimal() else DEFAULT_MAX_ENVELOPE,
        )
        for selector in header.findall("w:SelectorSet/w:Selector", NS):
            if selector.get("Name", "").lower() == "shellid":
                request.shell_id = (selector.text or "").strip()
        if not request.shell_id and (created := body.find("rsp:Shell", NS)) is not None:
            request.shell_id = created.get("ShellId") or ""  # PSRP clients choose it (winrm-psrp-server 6.2)
        for option in header.findall("w:OptionSet/w:Option", NS):
            request.options[option.get("Name", "").upper()] = (option.text or "").strip()
        return request

    @property
    def operation(self) -> str:
        """The last word of the action: Create, Command, Receive, Send, Signal, Delete ..."""
        return self.action.rpartition("/")[2]

    @property
    def command_id(self) -> str:
        """The CommandId of a Command, Receive or Signal; empty when it concerns the shell itself."""
        for path in ("rsp:CommandLine", "rsp:Receive/rsp:DesiredStream", "rsp:Signal", "rsp:Send/rsp:Stream"):
            if (element := self.body.find(path, NS)) is not None:
                return element.get("CommandId") or ""
        return ""

    @property
    def room(self) -> int:
        """The bytes that an answer's content may take in an envelope that the client accepts."""
        return max(self.max_envelope - _ENVELOPE_OVERHEAD, 1024)

    def flag(self, name: str) -> bool:
        """Whether a shell option such as WINRS_SKIP_CMD_SHELL is on."""
        return self.options.get(name, "").lower() in ("true", "1")


def _envelope(action: str, relates_to: str, body: str) -> bytes:
    # RelatesTo goes back byte for byte: pypsrp compares it with its own upper-case MessageID (winrm-psrp-server 5.2).
    return (
        f'<s:Envelope xml:lang="en-US" {_DECLARATIONS}><s:Header>'
        f"<a:Action>{escape(action)}</a:Action><a:MessageID>uuid:{str(uuid.uuid4()).upper()}</a:MessageID>"
        f"<a:To>{NS['a']}/role/anonymous</a:To><a:RelatesTo>{escape(relates_to)}</a:RelatesTo>"
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def response(request: Request, body: str) -> bytes:
    """The envelope that answers request."""
    return _envelope(request.action + "Response", request.message_id, body)


def fault(relates_to: str, error: WSManFault) -> bytes:
    """The envelope of a fault; pywinrm reads the number in MSFT_WmiError only (winrm-psrp-server 5.8)."""
    reason = escape(error.reason)
    who = "Sender" if error.sender else "Receiver"
    return _envelope(
        _FAULT_ACTION,
        relates_to,
        f"<s:Fault><s:Code><s:Value>s:{who}</s:Value><s:Subcode><s:Value>{error.subcode}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en-US">{reason}</s:Text></s:Reason><s:Detail>'
        f'<f:WSManFault xmlns:f="{_WSMAN_FAULT}" Code="{error.code}" Machine="lab">'
        f"<f:Message>{reason}</f:Message></f:WSManFault>"
        f'<e:MSFT_WmiError xmlns:e="{_WMI_ERROR}"><e:error_Code>{error.code}</e:error_Code></e:MSFT_WmiError>'
        "</s:Detail></s:Fault>",
    )
