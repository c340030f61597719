//! What keys and values must be able to do.

/// What flows through a topology: anything that can be copied for several children and sent with its task to another
/// thread. Implemented for all such types.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot flow through a topology",
    note = "keys and values must be `Clone + Send + 'static`: they are copied for several children, and sent with their task to another thread"
)]
pub trait Data: Clone + Send + 'static {}

impl<T: Clone + Send + 'static> Data for T {}
