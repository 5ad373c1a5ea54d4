//! Reads what arrives slowly, as from a pipe, and tells whether more is there:
//! what has come can be answered before the rest does.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read};
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;
/// Chunks that may wait to be used.
const WAITING: usize = 4;
/// Time between two looks at [`stop_waiting_when`].
const LOOK: Duration = Duration::from_millis(100);

static STOP: OnceLock<fn() -> bool> = OnceLock::new();

/// Has every wait for input end with an error once `stop` returns `true`.
pub fn stop_waiting_when(stop: fn() -> bool) {
    let _ = STOP.set(stop);
}

/// Input that arrives in its own time. Clones read on where another has read
/// to.
#[derive(Clone)]
pub(super) struct Live(Rc<RefCell<Arriving>>);

struct Arriving {
    chunks: Receiver<io::Result<Vec<u8>>>,
    /// Bytes that have arrived, of which those up to `ready` may be read: whole
    /// lines, unless one is long.
    bytes: Vec<u8>,
    read: usize,
    ready: usize,
    ended: bool,
}

impl Live {
    /// Reads `inner` in a thread of its own.
    ///
    /// # Errors
    /// Returns the system's error if it allows no more threads.
    pub fn new(mut inner: impl Read + Send + 'static) -> io::Result<Self> {
        let (sender, chunks) = sync_channel(WAITING);
        thread::Builder::new().spawn(move || {
            loop {
                let mut chunk = vec![0; CHUNK];
                let read = match inner.read(&mut chunk) {
                    Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                    Ok(0) => return,
                    read => read,
                };
                let failed = read.is_err();
                let sent = sender.send(read.map(|count| {
                    chunk.truncate(count);
                    chunk
                }));
                if failed || sent.is_err() {
                    return;
                }
            }
        })?;
        Ok(Live(Rc::new(RefCell::new(Arriving {
            chunks,
            bytes: Vec::new(),
            read: 0,
            ready: 0,
            ended: false,
        }))))
    }

    /// Returns whether the next read, within `time`, would not wait.
    pub fn wait(&self, time: Duration) -> io::Result<bool> {
        self.0.borrow_mut().wait(Instant::now() + time)
    }
}

impl Read for Live {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let arriving = &mut *self.0.borrow_mut();
        while !arriving.wait(Instant::now() + LOOK)? {
            if STOP.get().is_some_and(|stop| stop()) {
                // Another kind would be tried again.
                return Err(io::Error::other("stopped while waiting for more"));
            }
        }
        let bytes = &arriving.bytes[arriving.read..arriving.ready];
        let count = bytes.len().min(buffer.len());
        buffer[..count].copy_from_slice(&bytes[..count]);
        arriving.read += count;
        Ok(count)
    }
}

impl Arriving {
    fn wait(&mut self, until: Instant) -> io::Result<bool> {
        while self.read == self.ready && !self.ended {
            let left = until.saturating_duration_since(Instant::now());
            match self.chunks.recv_timeout(left) {
                Ok(chunk) => self.add(&chunk?),
                Err(RecvTimeoutError::Timeout) => return Ok(false),
                Err(RecvTimeoutError::Disconnected) => {
                    self.ended = true;
                    self.ready = self.bytes.len();
                }
            }
        }
        Ok(true)
    }

    fn add(&mut self, chunk: &[u8]) {
        self.bytes.drain(..self.read);
        self.read = 0;
        let line = chunk.iter().rposition(|&byte| byte == b'\n');
        self.ready = match line {
            Some(end) => self.bytes.len() + end + 1,
            // Not everything has lines.
            None if self.bytes.len() >= CHUNK => self.bytes.len() + chunk.len(),
            None => 0,
        };
        self.bytes.extend_from_slice(chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};

    /// A reader of what is sent.
    struct Sent(Receiver<&'static [u8]>);

    impl Read for Sent {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Ok(bytes) = self.0.recv() else {
                return Ok(0);
            };
            buffer[..bytes.len()].copy_from_slice(bytes);
            Ok(bytes.len())
        }
    }

    fn live() -> (Sender<&'static [u8]>, Live) {
        let (sender, receiver) = channel();
        (sender, Live::new(Sent(receiver)).unwrap())
    }

    #[test]
    fn whole_lines_can_be_read_before_the_rest_comes() {
        let (sender, mut live) = live();
        let soon = Duration::from_millis(20);
        let mut buffer = [0; 100];
        assert!(!live.wait(soon).unwrap());
        sender.send(b"1,2\n3,").unwrap();
        assert!(live.wait(Duration::from_secs(9)).unwrap());
        assert_eq!(live.read(&mut buffer).unwrap(), 4);
        assert!(!live.wait(soon).unwrap(), "a line that is not complete");
        sender.send(b"4\n").unwrap();
        assert_eq!(live.read(&mut buffer).unwrap(), 4);
        assert_eq!(&buffer[..4], b"3,4\n");
        sender.send(b"5,6").unwrap();
        drop(sender);
        let mut rest = Vec::new();
        live.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"5,6");
        assert!(live.wait(Duration::ZERO).unwrap());
    }

    #[test]
    fn what_has_no_lines_arrives_too() {
        let bytes: Vec<u8> = (0..1_000_000_u32).map(|i| (i % 10) as u8 + 48).collect();
        let mut read = Vec::new();
        let mut live = Live::new(io::Cursor::new(bytes.clone())).unwrap();
        live.read_to_end(&mut read).unwrap();
        assert!(read == bytes);
    }
}
