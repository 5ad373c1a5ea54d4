//! The shapes that a convolution is between.

/// Feature maps as they lie in a row: `[channels, height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maps {
    /// How many there are.
    pub channels: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
}

impl Maps {
    /// Pixels of one map.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Values in all maps together.
    pub fn values(self) -> usize {
        self.channels * self.pixels()
    }
}

/// A kernel's way over maps: from the large ones to the small ones as a
/// convolution, back as its transpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// What the kernel is laid over.
    pub large: Maps,
    /// A pixel for each place where it is laid.
    pub small: Maps,
    /// Height and width of the kernel.
    pub kernel: usize,
    /// From one place to the next.
    pub stride: usize,
    /// Whether the large maps are an image, whose values are ordered
    /// `[height, width, channels]`.
    pub image: bool,
}

impl Window {
    /// Weights between one large and one small map.
    pub fn taps(self) -> usize {
        self.kernel * self.kernel
    }

    /// All weights.
    pub fn weights(self) -> usize {
        self.large.channels * self.taps() * self.small.channels
    }
}

/// Which way a layer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A convolution, from large maps to small ones.
    Down,
    /// Its transpose, from small maps to large ones.
    Up,
}

impl Way {
    /// The way back.
    pub fn mirror(self) -> Way {
        match self {
            Way::Down => Way::Up,
            Way::Up => Way::Down,
        }
    }
}

/// How the matrix of weights lies, row-major.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `[large channels * taps, small channels]`: a convolution's own, or that
    /// of a transposed one that is tied to it.
    Convolution,
    /// `[small channels * taps, large channels]`: a transposed one's own.
    Transposed,
}

impl Order {
    /// Where the weight between two maps is.
    #[inline(always)]
    pub(super) fn place(self, window: Window, tap: usize, large: usize, small: usize) -> usize {
        match self {
            Order::Convolution => (large * window.taps() + tap) * window.small.channels + small,
            Order::Transposed => (small * window.taps() + tap) * window.large.channels + large,
        }
    }
}

/// A matrix of weights.
#[derive(Debug, Clone, Copy)]
pub struct Weight<'a> {
    /// As many as the window says.
    pub values: &'a [f32],
    /// How they lie.
    pub order: Order,
}
