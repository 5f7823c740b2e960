//! Which cores threads run on. Waking a thread costs ten times as much on another core that sleeps, so every latency says
//! what ran where.
#![allow(unsafe_code)]

/// The cores that this process may run on.
pub fn cores() -> Vec<usize> {
    platform::cores()
}

/// Puts the calling thread on `core`. On Linux the threads that it starts from then on are there too.
pub fn pin(core: usize) {
    platform::pin(&[core]);
}

/// Lets the calling thread run on all of `cores` again.
pub fn release(cores: &[usize]) {
    platform::pin(cores);
}

/// Runs `body` with the calling thread, and on Linux all that it starts, on `core`.
pub fn pinned<R>(core: usize, body: impl FnOnce() -> R) -> R {
    let before = cores();
    pin(core);
    let answer = body();
    release(&before);
    answer
}

#[cfg(target_os = "linux")]
mod platform {
    pub fn cores() -> Vec<usize> {
        // SAFETY: a cpu_set_t is a bit set, for which zero is valid, and it is as large as said.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            assert_eq!(libc::sched_getaffinity(0, size_of_val(&set), &raw mut set), 0, "the set is large enough");
            (0..libc::CPU_SETSIZE as usize).filter(|core| libc::CPU_ISSET(*core, &set)).collect()
        }
    }

    pub fn pin(cores: &[usize]) {
        // SAFETY: as above.
        unsafe {
            let mut set: libc::cpu_set_t = std::mem::zeroed();
            cores.iter().for_each(|core| libc::CPU_SET(*core, &mut set));
            assert_eq!(libc::sched_setaffinity(0, size_of_val(&set), &raw const set), 0, "there are such cores");
        }
    }
}

#[cfg(windows)]
mod platform {
    use windows_sys::Win32::System::Threading::{
        GetCurrentProcess, GetCurrentThread, GetProcessAffinityMask, SetThreadAffinityMask,
    };

    pub fn cores() -> Vec<usize> {
        let (mut process, mut system) = (0, 0);
        // SAFETY: two numbers of ours are written to.
        unsafe { GetProcessAffinityMask(GetCurrentProcess(), &raw mut process, &raw mut system) };
        (0..usize::BITS as usize).filter(|core| process >> core & 1 == 1).collect()
    }

    pub fn pin(cores: &[usize]) {
        let mask = cores.iter().fold(0, |mask, core| mask | 1_usize << core);
        // SAFETY: the handle is that of this thread.
        let former = unsafe { SetThreadAffinityMask(GetCurrentThread(), mask) };
        assert_ne!(former, 0, "there are such cores");
    }
}
