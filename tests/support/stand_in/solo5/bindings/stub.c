/* What is linked where no bindings are chosen: enough to link, and nothing that runs. */
void _start(void) {}
