/* Stands in for Solo5's bindings: says which they are, and starts the program as one of Linux. */
#include <solo5.h>

static const struct {
  uint32_t name_size, size, type;
  char name[8];
  uint32_t bindings, version, reserved[2];
} note __attribute__((used, section(".note.solo5.abi"), aligned(4))) =
  { 6, 16, 0x31494241, "Solo5", NUMBER, 1, { 0, 0 } };

static const char interpreter[24] __attribute__((used, section(".interp"), aligned(8))) = "/nonexistent/solo5/";

int main(void)
{
  struct solo5_start_info info = { "", 0, 0 };
  return solo5_app_main(&info);
}
