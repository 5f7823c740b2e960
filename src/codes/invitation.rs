//! Invitation codes
//!
//! The states of invitations, and how they end. Numbers never change.

use std::ffi::CStr;

use super::c_str;

/// The state of a local invitation, the caller's object.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LocalInvitationState {
    /// Created, not sent yet.
    Idle = 0,
    /// Sent, not acknowledged yet.
    SentToRemote = 1,
    /// The callee's library has it.
    ReceivedByRemote = 2,
    /// Ended: the callee accepted.
    AcceptedByRemote = 3,
    /// Ended: the callee refused.
    RefusedByRemote = 4,
    /// Ended: canceled.
    Canceled = 5,
    /// Ended: failed.
    Failure = 6,
}

texts!(LocalInvitationState {
    Idle, "RTM_LOCAL_INVITATION_STATE_IDLE", "created, not sent yet";
    SentToRemote, "RTM_LOCAL_INVITATION_STATE_SENT_TO_REMOTE", "sent, not acknowledged yet";
    ReceivedByRemote, "RTM_LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE", "the callee's library has it";
    AcceptedByRemote, "RTM_LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE", "ended: the callee accepted";
    RefusedByRemote, "RTM_LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE", "ended: the callee refused";
    Canceled, "RTM_LOCAL_INVITATION_STATE_CANCELED", "ended: canceled";
    Failure, "RTM_LOCAL_INVITATION_STATE_FAILURE", "ended: failed";
});

/// The state of a remote invitation, the callee's object.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RemoteInvitationState {
    /// Not received yet.
    Idle = 0,
    /// Received, not answered yet.
    InvitationReceived = 1,
    /// Accepted here, not confirmed by the caller yet.
    AcceptSentToLocal = 2,
    /// Ended: refused.
    Refused = 3,
    /// Ended: accepted, and the caller knows.
    Accepted = 4,
    /// Ended: canceled by the caller.
    Canceled = 5,
    /// Ended: failed.
    Failure = 6,
}

texts!(RemoteInvitationState {
    Idle, "RTM_REMOTE_INVITATION_STATE_IDLE", "not received yet";
    InvitationReceived, "RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED", "received, not answered yet";
    AcceptSentToLocal, "RTM_REMOTE_INVITATION_STATE_ACCEPT_SENT_TO_LOCAL", "accepted here, not confirmed by the caller yet";
    Refused, "RTM_REMOTE_INVITATION_STATE_REFUSED", "ended: refused";
    Accepted, "RTM_REMOTE_INVITATION_STATE_ACCEPTED", "ended: accepted, and the caller knows";
    Canceled, "RTM_REMOTE_INVITATION_STATE_CANCELED", "ended: canceled by the caller";
    Failure, "RTM_REMOTE_INVITATION_STATE_FAILURE", "ended: failed";
});

/// Why a local invitation failed.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LocalInvitationErr {
    /// No failure.
    Ok = 0,
    /// The callee is offline.
    PeerOffline = 1,
    /// The callee did not respond.
    PeerNoResponse = 2,
    /// Nobody answered in time.
    InvitationExpire = 3,
    /// Nobody is logged in here.
    NotLoggedin = 4,
}

texts!(LocalInvitationErr {
    Ok, "RTM_LOCAL_INVITATION_ERR_OK", "no failure";
    PeerOffline, "RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE", "the callee is offline";
    PeerNoResponse, "RTM_LOCAL_INVITATION_ERR_PEER_NO_RESPONSE", "the callee did not respond";
    InvitationExpire, "RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE", "nobody answered in time";
    NotLoggedin, "RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN", "nobody is logged in here";
});

/// Why a remote invitation failed.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RemoteInvitationErr {
    /// No failure.
    Ok = 0,
    /// One of the two is offline.
    PeerOffline = 1,
    /// The acceptance was not confirmed in time.
    AcceptFailure = 2,
    /// Not answered in time.
    InvitationExpire = 3,
}

texts!(RemoteInvitationErr {
    Ok, "RTM_REMOTE_INVITATION_ERR_OK", "no failure";
    PeerOffline, "RTM_REMOTE_INVITATION_ERR_PEER_OFFLINE", "one of the two is offline";
    AcceptFailure, "RTM_REMOTE_INVITATION_ERR_ACCEPT_FAILURE", "the acceptance was not confirmed in time";
    InvitationExpire, "RTM_REMOTE_INVITATION_ERR_INVITATION_EXPIRE", "not answered in time";
});

/// Why an invitation ended: the reason beside the original's code.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EndReason {
    /// It has not ended.
    None = 0,
    /// The callee accepted.
    Accepted = 1,
    /// The callee refused.
    Refused = 2,
    /// The caller canceled.
    Canceled = 3,
    /// The callee is offline.
    Unreachable = 4,
    /// The callee's library did not acknowledge in time.
    NoResponse = 5,
    /// Nobody answered in time.
    Expired = 6,
    /// The caller was not logged in.
    NotLoggedIn = 7,
    /// One of the two logged out.
    LoggedOut = 8,
    /// The acceptance was not confirmed: the caller's outcome is unknown.
    AcceptUnconfirmed = 9,
    /// The session was ended from outside.
    Kicked = 10,
    /// The caller is gone.
    CallerLost = 11,
    /// Another instance of the callee accepted.
    AnsweredElsewhere = 12,
    /// Another instance of the callee refused.
    RefusedElsewhere = 13,
    /// The service was released.
    Released = 14,
    /// An internal error ended the service.
    Error = 15,
}

texts!(EndReason {
    None, "RTM_END_REASON_NONE", "it has not ended";
    Accepted, "RTM_END_REASON_ACCEPTED", "the callee accepted";
    Refused, "RTM_END_REASON_REFUSED", "the callee refused";
    Canceled, "RTM_END_REASON_CANCELED", "the caller canceled";
    Unreachable, "RTM_END_REASON_UNREACHABLE", "the callee is offline";
    NoResponse, "RTM_END_REASON_NO_RESPONSE", "the callee's library did not acknowledge in time";
    Expired, "RTM_END_REASON_EXPIRED", "nobody answered in time";
    NotLoggedIn, "RTM_END_REASON_NOT_LOGGED_IN", "the caller was not logged in";
    LoggedOut, "RTM_END_REASON_LOGGED_OUT", "one of the two logged out";
    AcceptUnconfirmed, "RTM_END_REASON_ACCEPT_UNCONFIRMED", "the acceptance was not confirmed: the caller's outcome is unknown";
    Kicked, "RTM_END_REASON_KICKED", "the session was ended from outside";
    CallerLost, "RTM_END_REASON_CALLER_LOST", "the caller is gone";
    AnsweredElsewhere, "RTM_END_REASON_ANSWERED_ELSEWHERE", "another instance of the callee accepted";
    RefusedElsewhere, "RTM_END_REASON_REFUSED_ELSEWHERE", "another instance of the callee refused";
    Released, "RTM_END_REASON_RELEASED", "the service was released";
    Error, "RTM_END_REASON_ERROR", "an internal error ended the service";
});

/// Which side decided the end.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EndSide {
    /// It has not ended.
    None = 0,
    /// The caller's side.
    Caller = 1,
    /// The callee's side.
    Callee = 2,
}

texts!(EndSide {
    None, "RTM_END_SIDE_NONE", "it has not ended";
    Caller, "RTM_END_SIDE_CALLER", "the caller's side";
    Callee, "RTM_END_SIDE_CALLEE", "the callee's side";
});
