//! A callback as a C library would keep it: a function, and data of which it knows nothing.

use std::ffi::c_void;

type Called = unsafe fn(*mut c_void, u32);

unsafe fn adds(data: *mut c_void, by: u32) {
    // SAFETY: `summed` gives a pointer to its own sum.
    unsafe { *data.cast::<u32>() += by };
}

fn each(numbers: &[u32], called: Called, data: *mut c_void) {
    for number in numbers {
        unsafe { called(data, *number) };
    }
}

pub fn summed(numbers: &[u32]) -> u32 {
    let mut sum = 0_u32;
    let place: *mut u32 = &mut sum;
    each(numbers, adds, place);
    sum
}

#[test]
fn numbers_are_summed_behind_a_pointer() {
    assert_eq!(summed(&[1, 2, 3]), 6);
}
