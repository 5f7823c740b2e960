//! The call manager of a service.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use super::Service;
use super::event::CallHandler;
use crate::error::Error;
use crate::handles::{Table, kind};

/// All call managers with a handle.
pub static MANAGERS: Table<Manager> = Table::new(kind::MANAGER, "a call manager");

/// The one call manager of a service, as the application holds it.
pub struct Manager {
    service: Weak<Service>,
    user_data: AtomicUsize,
}

impl Service {
    /// The call manager: the same one each time, until it is released. Its handler is replaced. `made` gets the handle,
    /// before the first callback of the handler.
    pub fn call_manager(&self, handler: Option<Arc<dyn CallHandler>>, made: impl FnOnce(u64)) -> Result<(), Error> {
        self.check()?;
        let mut manager = self.manager.lock();
        // Asked again under this lock: `release` takes the manager away under it.
        self.core.lock().check_living()?;
        let handle = *manager.get_or_insert_with(|| {
            MANAGERS.insert(Arc::new(Manager { service: self.me.clone(), user_data: AtomicUsize::new(0) }))
        });
        drop(manager);
        made(handle);
        self.delivery.set_call_handler(handler);
        Ok(())
    }
}

impl Manager {
    /// The service, unless it is gone.
    pub fn service(&self) -> Result<Arc<Service>, Error> {
        let gone = || Error::StaleHandle("the service of this call manager was released".into());
        self.service.upgrade().ok_or_else(gone)
    }

    /// Gives up the manager: no callback of its handler starts any more, the invitations go on.
    pub fn release(&self, handle: u64) -> Result<(), Error> {
        if MANAGERS.remove(handle).is_none() {
            return Err(MANAGERS.stale(handle));
        }
        if let Some(service) = self.service.upgrade() {
            let mut manager = service.manager.lock();
            if *manager == Some(handle) {
                *manager = None;
                drop(manager);
                service.delivery.set_call_handler(None);
            }
        }
        Ok(())
    }

    /// The application's own value.
    pub fn user_data(&self) -> usize {
        self.user_data.load(Ordering::Acquire)
    }

    /// Sets the application's own value.
    pub fn set_user_data(&self, value: usize) {
        self.user_data.store(value, Ordering::Release);
    }
}
