//! JSON parameters of a service: no panic; what is refused has a sentence that is short and one line, and changes nothing.
#![no_main]

use std::cell::LazyCell;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use rtm_call::runtime::Runtime;
use rtm_call::service::{Config, Service};

thread_local! {
    static SERVICE: LazyCell<Arc<Service>> = LazyCell::new(|| {
        Service::new(Config::default(), &Runtime::simulated(), Some(1)).expect("a simulated runtime needs nothing")
    });
}

fuzz_target!(|json: &str| {
    if let Err(error) = SERVICE.with(|service| service.set_parameters(json)) {
        let sentence = error.to_string();
        assert!(sentence.len() <= 500 && !sentence.chars().any(char::is_control), "{sentence:?}");
    }
});
