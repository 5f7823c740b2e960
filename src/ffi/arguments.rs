//! Reads what C passes, and writes what C asks for. NULL is an error that names the parameter.

use std::ffi::{CStr, c_char};
use std::mem::{MaybeUninit, align_of};
use std::{ptr, slice};

use crate::error::Error;

/// C's intptr_t; cbindgen.toml says so.
pub type DispatchHandle = isize;

/// A text that must be there, in UTF-8.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated text that stays as it is during `'a`.
pub(super) unsafe fn text<'a>(text: *const c_char, what: &str) -> Result<&'a str, Error> {
    // SAFETY: as promised.
    unsafe { optional_text(text, what)? }.ok_or_else(|| null(what))
}

/// A text that may be NULL, in UTF-8.
///
/// # Safety
/// As for [`text`].
pub(super) unsafe fn optional_text<'a>(text: *const c_char, what: &str) -> Result<Option<&'a str>, Error> {
    if text.is_null() {
        return Ok(None);
    }
    // SAFETY: as promised.
    match unsafe { CStr::from_ptr(text) }.to_str() {
        Ok(text) => Ok(Some(text)),
        Err(_) => Err(Error::InvalidArgument(format!("the {what} is no valid UTF-8"))),
    }
}

/// A list of texts of which none may be missing. More than `limit` are not even looked at.
///
/// # Safety
/// `texts` is NULL or points to `count` pointers, each as for [`text`].
pub(super) unsafe fn texts<'a>(
    texts: *const *const c_char,
    count: usize,
    limit: usize,
    what: &str,
) -> Result<Vec<&'a str>, Error> {
    if texts.is_null() {
        return Err(null(&format!("list of {what}s")));
    }
    if count > limit {
        return Err(Error::InvalidArgument(format!("the list has {count} {what}s, the limit is {limit}")));
    }
    // SAFETY: as promised.
    unsafe { slice::from_raw_parts(texts, count).iter().map(|one| text(*one, what)).collect() }
}

/// Bytes; NULL with the length 0 is none.
///
/// # Safety
/// `data` is NULL or points to `length` bytes that stay as they are during `'a`.
pub(super) unsafe fn bytes<'a>(data: *const u8, length: usize, what: &str) -> Result<&'a [u8], Error> {
    match (data.is_null(), length) {
        (true, 0) => Ok(&[]),
        (true, _) => Err(null(what)),
        // SAFETY: as promised.
        (false, _) => Ok(unsafe { slice::from_raw_parts(data, length) }),
    }
}

/// Where an output goes, or nowhere.
pub(super) struct Out<'a, T>(Option<&'a mut MaybeUninit<T>>);

impl<T> Out<'_, T> {
    /// Writes the output, if it is asked for.
    pub(super) fn write(self, value: T) {
        if let Some(place) = self.0 {
            place.write(value);
        }
    }
}

/// Where an output goes that must be asked for.
///
/// # Safety
/// `place` is NULL or points to a `T` that nobody else uses during `'a`; what is in it does not matter.
pub(super) unsafe fn out<'a, T>(place: *mut T, what: &str) -> Result<Out<'a, T>, Error> {
    // SAFETY: as promised.
    let out = unsafe { optional_out(place) };
    if out.0.is_some() { Ok(out) } else { Err(null(what)) }
}

/// Where an output goes, if it is asked for.
///
/// # Safety
/// As for [`out`].
pub(super) unsafe fn optional_out<'a, T>(place: *mut T) -> Out<'a, T> {
    // SAFETY: as promised.
    Out(unsafe { place.cast::<MaybeUninit<T>>().as_mut() })
}

/// Copies a text with its final NUL. `needed`, where asked for, is written too if the buffer is too small.
///
/// # Safety
/// `buffer` is NULL or has room for `length` bytes; `needed` as for [`out`].
pub(super) unsafe fn copy(text: &str, buffer: *mut c_char, length: usize, needed: *mut usize) -> Result<(), Error> {
    if buffer.is_null() && length > 0 {
        return Err(null("buffer"));
    }
    // SAFETY: as promised.
    unsafe { optional_out(needed) }.write(text.len() + 1);
    if text.len() >= length {
        return Err(Error::BufferTooSmall { needed: text.len() + 1, given: length });
    }
    // SAFETY: the buffer has room for the text and one byte more.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr(), buffer.cast(), text.len());
        buffer.add(text.len()).write(0);
    }
    Ok(())
}

/// A struct of the header that begins with its own size, so that fields can be appended.
///
/// # Safety
/// It is `repr(C)`, has no padding, begins with `struct_size: usize`, and any bytes that a C program can put there are
/// a value of it, zeros included.
pub(super) unsafe trait Versioned: Copy {
    /// Its name in C.
    const NAME: &'static str;
    /// What must be there at least.
    const LEAST: usize;
}

/// More than any struct will ever have: a wrong `struct_size` is not followed into nowhere.
const STRUCT_MAX: usize = 4096;

/// Reads a struct as long as its `struct_size` says: what an older caller does not know is zero. What a newer caller
/// has beyond this version must be zero.
///
/// # Safety
/// `given` is NULL or points to a `usize`, and to as many bytes as that says.
pub(super) unsafe fn read_struct<T: Versioned>(given: *const T, what: &str) -> Result<T, Error> {
    // SAFETY: as promised.
    let size = unsafe { struct_size(given, what)? };
    let known = size.min(size_of::<T>());
    let mut copy = MaybeUninit::<T>::zeroed();
    // SAFETY: `given` has `size` bytes, `copy` has at least `known`, and any bytes are a `T`.
    let (copy, rest) = unsafe {
        ptr::copy_nonoverlapping(given.cast::<u8>(), copy.as_mut_ptr().cast(), known);
        (copy.assume_init(), slice::from_raw_parts(given.cast::<u8>().add(known), size - known))
    };
    if rest.iter().any(|byte| *byte != 0) {
        return Err(Error::Unsupported(format!("the {what} has fields that this version does not know")));
    }
    Ok(copy)
}

/// Where a struct goes that the caller asked for with its `struct_size`.
pub(super) struct StructOut<T> {
    place: *mut T,
    size: usize,
}

impl<T: Versioned> StructOut<T> {
    /// Checks what the caller has.
    ///
    /// # Safety
    /// `place` is NULL or points to a `usize`, and to as many bytes as that says, which nobody else uses until this is
    /// dropped.
    pub(super) unsafe fn new(place: *mut T, what: &str) -> Result<StructOut<T>, Error> {
        // SAFETY: as promised.
        Ok(StructOut { place, size: unsafe { struct_size(place, what)? } })
    }

    /// Writes as much as the caller has room for, all but the size; what this version does not know is zero.
    pub(super) fn write(self, value: T) {
        let head = size_of::<usize>();
        let known = self.size.min(size_of::<T>());
        // SAFETY: `new` was promised `size` bytes there, and `value` has `known`.
        unsafe {
            let place = self.place.cast::<u8>();
            let value = (&raw const value).cast::<u8>();
            ptr::copy_nonoverlapping(value.add(head), place.add(head), known - head);
            ptr::write_bytes(place.add(known), 0, self.size - known);
        }
    }
}

/// # Safety
/// `given` is NULL or points to a `usize`.
unsafe fn struct_size<T: Versioned>(given: *const T, what: &str) -> Result<usize, Error> {
    if given.is_null() {
        return Err(null(what));
    }
    // SAFETY: as promised.
    let size = unsafe { given.cast::<usize>().read() };
    if !(T::LEAST..=STRUCT_MAX).contains(&size) || !size.is_multiple_of(align_of::<T>()) {
        let name = T::NAME;
        let sentence = format!("the struct_size of the {what} is {size}: it must be sizeof({name})");
        return Err(Error::InvalidArgument(sentence));
    }
    Ok(size)
}

fn null(what: &str) -> Error {
    Error::InvalidArgument(format!("the {what} is NULL"))
}
