#include <caml/mlvalues.h>

value read_x28(value unit)
{
  long found;
  (void) unit;
  __asm__ volatile("mov %0, x28" : "=r"(found));
  return Val_long(found);
}

value write_x28(value wanted)
{
  __asm__ volatile("mov x28, %0" : : "r"(Long_val(wanted)));
  return Val_unit;
}
