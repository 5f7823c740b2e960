//! Bugs that the tests plant: each removes one rule of the contract, and a test shows that this is found. Without the
//! feature `planted` there is nothing here but a constant.

/// Makes the enumeration and the list of all its values, so that no test goes by a list of its own.
macro_rules! rules {
    ($($(#[$doc:meta])* $rule:ident,)+) => {
        /// A rule that can be broken.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Rule {
            $($(#[$doc])* $rule,)+
        }

        #[cfg(feature = "planted")]
        impl Rule {
            /// Every rule.
            pub const ALL: &'static [Rule] = &[$(Rule::$rule),+];
        }
    };
}

rules! {
    /// The callee is ACCEPTED only after the caller's confirmation.
    ThreeWay,
    /// An accept counts only while SENT or RECEIVED.
    CallerDecides,
    /// An ended caller answers *received* and *accept*.
    CallerAnswersLate,
    /// An ended callee answers *invite* with its outcome, never with *received*.
    CalleeAnswersLate,
    /// Ids of ended invitations are remembered.
    RememberEnded,
    /// They survive a logout.
    RememberAcrossLogins,
    /// An end for an id never seen is remembered.
    RememberUnseen,
    /// A confirmation counts only for the instance that it names.
    ConfirmNamesInstance,
    /// A confirmation for another instance ends the invitation here.
    AnsweredElsewhere,
    /// An end that names an instance concerns only that one.
    EndNamesInstance,
    /// ReceivedByPeer comes before Accepted and Refused.
    ReceivedFirst,
    /// A repeated accept of the confirmed instance is confirmed again.
    ConfirmAgain,
    /// Whoever ends first tells the other.
    TellEnd,
    /// An end is re-sent until acknowledged.
    ResendEnd,
    /// An end is acknowledged.
    AcknowledgeEnd,
    /// An invitation already ended takes no second end.
    EndOnce,
    /// An open side takes the end that it is told.
    TakeEnd,
    /// What it shows then is the table's.
    EndShows,
    /// ReceivedByPeer fires at most once.
    ReceivedOnce,
    /// ReceivedByPeer is not made up before Canceled or Failure.
    ReceivedNotInvented,
    /// The end that an ended caller answers with names the instance that it answers.
    LateEndNamesInstance,
    /// An invite and an accept are re-sent until acknowledged.
    Resend,
    /// ... or the id is forgotten: then the end is given up.
    GiveUpEnd,
    /// What ends an acceptance before its confirmation says that the caller's outcome is unknown.
    OutcomeUnknown,
    /// Messages count only from the other party.
    OtherPartyOnly,
    /// A repeated invite rings only once.
    RingOnce,
    /// The ring window is the smaller of both sides'.
    SmallerRing,
    /// The accept window starts anew after a reconnect.
    AcceptWindowAnew,
    /// What is not acknowledged is re-sent when the link comes back.
    ResendOnUp,
    /// In a backlog, ends come first.
    EndsFirst,
    /// A due timer runs before a message.
    TimerFirst,
    /// The acknowledge window runs without a link.
    WindowWithoutLink,
    /// A kicked session sends nothing.
    KickedSilent,
    /// The acknowledgement stops the re-sending of the invite.
    StopResending,
}

/// Which rule is broken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Planted(#[cfg(feature = "planted")] pub Option<Rule>);

impl Planted {
    /// Whether `rule` holds. Always true in a product.
    #[cfg(not(feature = "planted"))]
    #[inline(always)]
    pub const fn holds(self, _rule: Rule) -> bool {
        true
    }

    /// Whether `rule` holds.
    #[cfg(feature = "planted")]
    pub fn holds(self, rule: Rule) -> bool {
        self.0 != Some(rule)
    }
}
