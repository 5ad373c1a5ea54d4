//! Describes the shapes that a convolution maps between.

/// Feature maps in the order of a row: `[channels, height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maps {
    /// The number of maps.
    pub channels: usize,
    /// Pixels from top to bottom.
    pub height: usize,
    /// Pixels from left to right.
    pub width: usize,
}

impl Maps {
    /// Returns the number of pixels of one map.
    pub fn pixels(self) -> usize {
        self.height * self.width
    }

    /// Returns the number of values in all maps together.
    pub fn values(self) -> usize {
        self.channels * self.pixels()
    }
}

/// A kernel's path over maps: from the large ones to the small ones as a
/// convolution, back as its transpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The maps that the kernel moves over.
    pub large: Maps,
    /// Maps with one pixel for each position of the kernel.
    pub small: Maps,
    /// Height and width of the kernel.
    pub kernel: usize,
    /// Pixels from one position of the kernel to the next.
    pub stride: usize,
    /// Whether the large maps are an image, whose values are ordered
    /// `[height, width, channels]`.
    pub image: bool,
}

impl Window {
    /// Returns the number of weights between one large and one small map.
    pub fn taps(self) -> usize {
        self.kernel * self.kernel
    }

    /// Returns the number of all weights.
    pub fn weights(self) -> usize {
        self.large.channels * self.taps() * self.small.channels
    }
}

/// The direction of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// A convolution, from large maps to small ones.
    Down,
    /// Its transpose, from small maps to large ones.
    Up,
}

impl Direction {
    /// Returns the opposite direction.
    pub fn mirror(self) -> Direction {
        match self {
            Direction::Down => Direction::Up,
            Direction::Up => Direction::Down,
        }
    }
}

/// The order of the matrix of weights, row-major.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `[large channels * taps, small channels]`: a convolution's own, or that
    /// of a transposed convolution that is tied to it.
    Convolution,
    /// `[small channels * taps, large channels]`: a transposed convolution's
    /// own.
    Transposed,
}

impl Order {
    /// Returns the index of the weight between two maps.
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
    /// The weights, as many as the window has.
    pub values: &'a [f32],
    /// The order of the weights.
    pub order: Order,
}
