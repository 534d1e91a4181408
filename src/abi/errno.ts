/** Error numbers of the kcov device, as Linux defines them. ENOTSUPP is the kernel's internal 524, not ENOTSUP. */

/** fd is not open. */
export const EBADF = 9;
export const ENOMEM = 12;
export const EFAULT = 14;
export const EBUSY = 16;
export const EEXIST = 17;
export const EINVAL = 22;
/** The fd table is full. */
export const EMFILE = 24;
export const ENOTTY = 25;
export const ENOTSUPP = 524;
