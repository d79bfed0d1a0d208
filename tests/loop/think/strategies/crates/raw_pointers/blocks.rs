//! A block of memory that grows.

use std::alloc::{alloc, dealloc, Layout};
use std::ptr;

pub struct Block<T> {
    start: *mut T,
    layout: Layout,
}

impl<T: Copy> Block<T> {
    /// A block of so many copies; none of no size.
    pub fn of(value: T, count: usize) -> Option<Block<T>> {
        let layout = Layout::array::<T>(count).ok().filter(|layout| layout.size() > 0)?;
        // SAFETY: the layout has a size, and every place that is written lies in it.
        let start = unsafe { alloc(layout) }.cast::<T>();
        if start.is_null() {
            return None;
        }
        for n in 0..count {
            unsafe { ptr::write(start.add(n), value) };
        }
        Some(Block { start, layout })
    }

    pub fn first(&self) -> T {
        unsafe { *self.start }
    }
}

impl<T> Drop for Block<T> {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout.
        unsafe { dealloc(self.start, self.layout) };
    }
}

#[test]
fn a_block_holds_what_it_was_made_of() {
    assert_eq!(Block::of(7_u32, 3).map(|block| block.first()), Some(7));
    assert!(Block::of((), 3).is_none());
}
