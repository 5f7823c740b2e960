//! Acts
//!
//! What a scripted peer does with a call. Numbers never change.

use std::ffi::CStr;

use super::c_str;

/// What a scripted peer does with an invitation.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum TestAct {
    /// Nothing: it rings until a window closes or the other side ends it.
    #[default]
    Nothing = 0,
    /// Accepts it. Only when it is called.
    Accept = 1,
    /// Refuses it. Only when it is called.
    Refuse = 2,
    /// Cancels it. Only when it calls.
    Cancel = 3,
    /// Cancels it at the very moment when the acceptance arrives: both sides acted, the caller decides. Only when it
    /// calls; takes no delay.
    CancelAsAccepted = 4,
    /// Logs out.
    LogOut = 5,
    /// Is gone without a word, as if its process was killed: its link breaks and does not come back by itself.
    Vanish = 6,
}

texts!(TestAct {
    Nothing, "RTM_TEST_ACT_NOTHING", "nothing";
    Accept, "RTM_TEST_ACT_ACCEPT", "accepts";
    Refuse, "RTM_TEST_ACT_REFUSE", "refuses";
    Cancel, "RTM_TEST_ACT_CANCEL", "cancels";
    CancelAsAccepted, "RTM_TEST_ACT_CANCEL_AS_ACCEPTED", "cancels at the moment when it is accepted";
    LogOut, "RTM_TEST_ACT_LOG_OUT", "logs out";
    Vanish, "RTM_TEST_ACT_VANISH", "is gone without a word";
});
