//! The bytes of one message: shared by whoever sends it again, keeps it or carries it.

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// The bytes of one message. Those of a message that was made in this process are written when somebody first looks at them: who
/// receives it here may take it as it was made ([`Bytes::source`]). Two are equal if their bytes are.
#[derive(Clone)]
pub struct Bytes(Kind);

#[derive(Clone)]
enum Kind {
    Plain(Arc<[u8]>),
    Made(Arc<dyn Source>),
}

/// What bytes are written from.
pub trait Source: Any + Send + Sync {
    /// The bytes, the same ones each time, kept from the first time on.
    fn bytes(&self) -> &[u8];

    /// The bytes, not kept.
    fn write(&self) -> Vec<u8>;

    /// How many they are; does not write them.
    fn size(&self) -> usize;
}

impl Bytes {
    /// The bytes that `source` writes.
    pub fn of(source: Arc<dyn Source>) -> Bytes {
        Bytes(Kind::Made(source))
    }

    /// How many; does not write them.
    pub fn len(&self) -> usize {
        match &self.0 {
            Kind::Plain(bytes) => bytes.len(),
            Kind::Made(source) => source.size(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A copy; of bytes that are not written yet, it is the only one.
    pub fn to_vec(&self) -> Vec<u8> {
        match &self.0 {
            Kind::Plain(bytes) => bytes.to_vec(),
            Kind::Made(source) => source.write(),
        }
    }

    /// What they are written from, if that is a `T` of this process.
    pub fn source<T: Source>(&self) -> Option<&T> {
        match &self.0 {
            Kind::Plain(_) => None,
            Kind::Made(source) => (&**source as &dyn Any).downcast_ref(),
        }
    }

    /// Where they are: the same place for those who share them, another one for all others that live.
    pub fn place(&self) -> usize {
        match &self.0 {
            Kind::Plain(bytes) => bytes.as_ptr().addr(),
            Kind::Made(source) => Arc::as_ptr(source).addr(),
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kind::Plain(bytes) => bytes,
            Kind::Made(source) => source.bytes(),
        }
    }
}

impl<T: Into<Arc<[u8]>>> From<T> for Bytes {
    fn from(bytes: T) -> Bytes {
        Bytes(Kind::Plain(bytes.into()))
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Bytes) -> bool {
        **self == **other
    }
}

impl Eq for Bytes {}

impl Hash for Bytes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}
