//! Every number that an application sees, with its name and one line of text. Written once, here; the C header takes
//! the enumerations from these files. The original's numbers (SPEC sections 1 and 8) and ours never change.

/// Derives from one list: all values, the C name and one line of text of each, and the checked way back from a number.
macro_rules! texts {
    ($type:ident { $($variant:ident, $name:literal, $text:literal;)+ }) => {
        impl $type {
            /// Every value, in the order of the numbers.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The name in C; stable.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name),+ }
            }

            /// One line of text.
            pub const fn text(self) -> &'static str {
                match self { $($type::$variant => $text),+ }
            }

            /// The value with this number.
            pub fn from_number(number: i32) -> Option<$type> {
                Self::ALL.iter().copied().find(|value| *value as i32 == number)
            }
        }

        impl $crate::codes::Code for $type {
            fn from_number(number: i32) -> Option<$type> {
                <$type>::from_number(number)
            }

            fn c_name(self) -> &'static CStr {
                match self { $($type::$variant => const { c_str(concat!($name, "\0")) }),+ }
            }

            fn c_text(self) -> &'static CStr {
                match self { $($type::$variant => const { c_str(concat!($text, "\0")) }),+ }
            }
        }
    };
}

mod invitation;
mod peer;
mod session;
mod settings;
mod status;
mod testkit;
mod transport;

use std::ffi::CStr;

pub use invitation::*;
pub use peer::*;
pub use session::*;
pub use settings::*;
pub use status::Status;
pub use testkit::TestAct;
pub use transport::*;

/// What all enumerations here have in common, for the C border.
pub trait Code: Copy {
    /// The value with this number.
    fn from_number(number: i32) -> Option<Self>;

    /// The name in C.
    fn c_name(self) -> &'static CStr;

    /// One line of text.
    fn c_text(self) -> &'static CStr;
}

const fn c_str(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("a NUL inside a text"),
    }
}
