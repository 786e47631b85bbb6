//! One set-up at a time: three `wrangler dev` that are started together all call `cargo xtask build`.

use std::{
    fs::{self, File},
    path::Path,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use crate::{paths, process, progress};

/// Keeps others out until it is dropped, or the process ends in whatever way.
pub(crate) struct Lock {
    _file: File,
}

/// Waits until no other command sets up.
pub(crate) fn lock() -> Result<Lock> {
    lock_in(&paths::memory())
}

fn lock_in(folder: &Path) -> Result<Lock> {
    let path = folder.join("lock");
    fs::create_dir_all(folder)?;
    let file =
        File::create(&path).with_context(|| format!("cannot write {}", paths::short(&path)))?;
    if file.try_lock().is_err() {
        progress::line("another command is setting up; waiting for it");
    }
    while file.try_lock().is_err() {
        if process::stopped() {
            bail!("stopped");
        }
        thread::sleep(Duration::from_millis(100));
    }
    Ok(Lock { _file: file })
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{RecvTimeoutError, channel};

    use super::*;

    #[test]
    fn the_second_waits_for_the_first() {
        let folder = std::env::temp_dir().join(format!("ostiary-lock-{}", std::process::id()));
        let first = lock_in(&folder).unwrap();
        let (sender, receiver) = channel();
        let other = folder.clone();
        let second = thread::spawn(move || {
            let _held = lock_in(&other).unwrap();
            sender.send(()).unwrap();
        });
        let early = receiver.recv_timeout(Duration::from_millis(300));
        assert_eq!(early, Err(RecvTimeoutError::Timeout));
        drop(first);
        assert_eq!(receiver.recv_timeout(Duration::from_secs(10)), Ok(()));
        second.join().unwrap();
        fs::remove_dir_all(folder).unwrap();
    }
}
