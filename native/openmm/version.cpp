// Run at configuration: the headers do not tell OpenMM's version, the library does.
#include <OpenMM.h>
#include <cstdio>
int main() { std::printf("%s", OpenMM::Platform::getOpenMMVersion().c_str()); }
