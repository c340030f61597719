//! `EmitStrategy`: when results of windows go out.

/// When the results of windows go out (KIP-825).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EmitStrategy {
    /// With every update.
    #[default]
    OnWindowUpdate,
    /// Once, when the window closes: when stream time has reached its end and grace.
    OnWindowClose,
}
