#!/usr/bin/env python3
"""ring.py: Alice calls Bob from Python, by ctypes alone: nothing to install but the library.

Both live in this process, so no server is needed; an application keeps one of the two sides. Callbacks come on threads
of the library, one a service (ctypes takes Python's lock for them); the main thread only waits for the end.

usage: ring.py [the library's file]     else RTM_CALL_LIBRARY names it, else it is searched where the system keeps such
Exit code 0: both know of the call; 1: not; 2: wrong usage.
"""

import ctypes
import ctypes.util
import os
import queue
import sys
import traceback
from ctypes import CFUNCTYPE, POINTER, byref, c_char_p, c_int, c_int32, c_size_t, c_uint32, c_void_p, sizeof

# A handle is a number of 64 bits in the shape of a pointer: c_void_p, never followed. An enum is an int.
HANDLE, STATUS = c_void_p, c_int


class ServiceConfig(ctypes.Structure):
    """rtm_service_config. All zero but struct_size: the defaults."""

    _fields_ = [
        ("struct_size", c_size_t),
        ("url", c_char_p),
        ("delivery", c_int32),
        ("acknowledge_timeout_ms", c_uint32),
        ("ring_timeout_ms", c_uint32),
        ("accept_timeout_ms", c_uint32),
        ("login_timeout_ms", c_uint32),
        ("grace_ms", c_uint32),
        ("max_open_invitations", c_uint32),
        ("max_open_per_peer", c_uint32),
        ("max_remembered_invitations", c_uint32),
        ("reserved", c_uint32),
    ]


def handler(name, callbacks):
    """A struct of function pointers: struct_size, context, drop, then the callbacks: (name, argument types...)."""
    members = [(callback, CFUNCTYPE(None, c_void_p, *types)) for callback, *types in callbacks]
    fields = [("struct_size", c_size_t), ("context", c_void_p), ("drop", CFUNCTYPE(None, c_void_p)), *members]
    return type(name, (ctypes.Structure,), {"_fields_": fields})


# The fields stand in the order of rtm_call.h. Those at the end that are not used may be left out: struct_size says so.
ServiceEventHandler = handler(
    "ServiceEventHandler",
    [("on_login_success",), ("on_login_failure", c_int)],
)
CallEventHandler = handler(
    "CallEventHandler",
    [
        ("on_local_invitation_received_by_peer", HANDLE),
        ("on_local_invitation_accepted", HANDLE, c_char_p),
        ("on_local_invitation_refused", HANDLE, c_char_p),
        ("on_local_invitation_canceled", HANDLE),
        ("on_local_invitation_failure", HANDLE, c_int),
        ("on_remote_invitation_received", HANDLE),
        ("on_remote_invitation_accepted", HANDLE),
        ("on_remote_invitation_refused", HANDLE),
        ("on_remote_invitation_canceled", HANDLE),
        ("on_remote_invitation_failure", HANDLE, c_int),
    ],
)

# What this program calls, with its types: without argtypes ctypes would cut a handle down to 32 bits.
FUNCTIONS = {
    "rtm_version": (c_char_p,),
    "rtm_last_error": (c_char_p,),
    "rtm_status_name": (c_char_p, c_int32),
    "rtm_login_err_text": (c_char_p, c_int32),
    "rtm_local_invitation_err_text": (c_char_p, c_int32),
    "rtm_service_create": (STATUS, POINTER(ServiceConfig), POINTER(HANDLE)),
    "rtm_service_initialize": (STATUS, HANDLE, c_char_p, POINTER(ServiceEventHandler)),
    "rtm_service_get_call_manager": (STATUS, HANDLE, POINTER(CallEventHandler), POINTER(HANDLE)),
    "rtm_service_login": (STATUS, HANDLE, c_char_p, c_char_p),
    "rtm_service_release": (STATUS, HANDLE),
    "rtm_call_manager_create_local_call_invitation": (STATUS, HANDLE, c_char_p, POINTER(HANDLE)),
    "rtm_call_manager_send_local_invitation": (STATUS, HANDLE, HANDLE),
    "rtm_call_manager_accept_remote_invitation": (STATUS, HANDLE, HANDLE),
    "rtm_local_call_invitation_set_content": (STATUS, HANDLE, c_char_p),
    "rtm_local_call_invitation_set_channel_id": (STATUS, HANDLE, c_char_p),
    "rtm_local_call_invitation_get_callee_id": (c_char_p, HANDLE),
    "rtm_local_call_invitation_release": (STATUS, HANDLE),
    "rtm_remote_call_invitation_get_caller_id": (c_char_p, HANDLE),
    "rtm_remote_call_invitation_get_content": (c_char_p, HANDLE),
    "rtm_remote_call_invitation_get_channel_id": (c_char_p, HANDLE),
    "rtm_remote_call_invitation_set_response": (STATUS, HANDLE, c_char_p),
    "rtm_remote_call_invitation_release": (STATUS, HANDLE),
}


class RtmError(Exception):
    """A function answered something other than RTM_OK."""


def load(path):
    """The library, every function of it with its types; what answers a status raises RtmError instead."""
    library = ctypes.CDLL(path)

    def check(status, _function, _arguments):
        if status != 0:  # RTM_OK; the last error is this thread's
            raise RtmError(f"{library.rtm_status_name(status).decode()}: {library.rtm_last_error().decode()}")

    for name, (result, *arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
        if result is STATUS:
            function.errcheck = check
    return library


class User:
    """One end: a service, logged in. `callbacks` are Python functions by the names of CallEventHandler's fields."""

    def __init__(self, library, name, callbacks):
        self.library, self.service, self.manager = library, HANDLE(), HANDLE()
        # ctypes frees a callback's machine code with its Python object, and the library knows nothing of that: these
        # two structs hold the callbacks, and this object holds them until the service is released.
        self.events = self.struct_of(ServiceEventHandler, {"on_login_failure": self.login_failed})
        self.calls = self.struct_of(CallEventHandler, callbacks)
        self.name = name
        library.rtm_service_create(byref(ServiceConfig(struct_size=sizeof(ServiceConfig))), byref(self.service))
        library.rtm_service_initialize(self.service, b"ring", byref(self.events))
        library.rtm_service_get_call_manager(self.service, byref(self.calls), byref(self.manager))

    def login(self):
        self.library.rtm_service_login(self.service, None, self.name.encode())

    def login_failed(self, error):
        print(f"{self.name} cannot log in: {self.library.rtm_login_err_text(error).decode()}")
        heard.put(False)

    def release(self):
        """Logs out. When it returns, no callback runs or can start: what they need may be freed."""
        self.library.rtm_service_release(self.service)

    @staticmethod
    def struct_of(kind, functions):
        struct = kind(struct_size=sizeof(kind))
        types = dict(kind._fields_)
        for field, function in functions.items():
            setattr(struct, field, types[field](guarded(function)))
        return struct


def guarded(function):
    """No exception may leave a callback; the context is not needed here, a closure knows more."""

    def callback(_context, *arguments):
        try:
            function(*arguments)
        except Exception:  # whatever it was, the other side of this call is not Python
            traceback.print_exc()
            heard.put(False)

    return callback


heard = queue.Queue()  # one entry for each side that knows how the call ended: whether it stands


def main(arguments):
    path = arguments[0] if arguments else os.environ.get("RTM_CALL_LIBRARY") or ctypes.util.find_library("rtm_call")
    if path in ("-h", "--help"):
        print(__doc__.strip())
        return 0
    if len(arguments) > 1 or not path:
        wrong = __doc__.strip() if path else "ring.py: the system knows no rtm_call library: name its file"
        print(wrong, file=sys.stderr)
        return 2
    rtm = load(path)
    print(f"rtm_call {rtm.rtm_version().decode()}")

    # Texts are UTF-8. Those of a callback's arguments, which ctypes has copied already, and of getters.
    def on_ringing(call):
        print(f"alice: it rings at {rtm.rtm_local_call_invitation_get_callee_id(call).decode()}")

    def on_accepted(call, response):
        print(f'alice: {rtm.rtm_local_call_invitation_get_callee_id(call).decode()} accepts: "{response.decode()}"')
        heard.put(True)

    def on_failure(_call, error):
        print(f"alice: no call: {rtm.rtm_local_invitation_err_text(error).decode()}")
        heard.put(False)

    def on_ring(call):  # a real callee would show a window here and answer later, from any thread
        caller = rtm.rtm_remote_call_invitation_get_caller_id(call).decode()
        print(f'bob: {caller} calls: "{rtm.rtm_remote_call_invitation_get_content(call).decode()}"')
        rtm.rtm_remote_call_invitation_set_response(call, "très volontiers".encode())
        rtm.rtm_call_manager_accept_remote_invitation(bob.manager, call)

    def on_call_stands(call):
        channel = rtm.rtm_remote_call_invitation_get_channel_id(call).decode()
        print(f"bob: the call stands; both may join {channel} now")
        rtm.rtm_remote_call_invitation_release(call)
        heard.put(True)

    at_alice = {
        "on_local_invitation_received_by_peer": on_ringing,
        "on_local_invitation_accepted": on_accepted,
        "on_local_invitation_failure": on_failure,
    }
    at_bob = {"on_remote_invitation_received": on_ring, "on_remote_invitation_accepted": on_call_stands}
    alice, bob = User(rtm, "alice", at_alice), User(rtm, "bob", at_bob)
    try:
        bob.login()
        alice.login()
        call = HANDLE()
        rtm.rtm_call_manager_create_local_call_invitation(alice.manager, b"bob", byref(call))
        rtm.rtm_local_call_invitation_set_channel_id(call, b"room-1")
        rtm.rtm_local_call_invitation_set_content(call, "Es-tu là ?".encode())
        rtm.rtm_call_manager_send_local_invitation(alice.manager, call)  # held until the login has succeeded
        rtm.rtm_local_call_invitation_release(call)  # its callbacks still come
        stands = [heard.get(timeout=30) for _side in ("caller", "callee")]
    except queue.Empty:
        print("nothing was heard of the call for 30 s")
        stands = [False]
    finally:
        alice.release()
        bob.release()
    return 0 if all(stands) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
