namespace MolSampling.Tests;

/// <summary>Checks that take minutes: they run under ./test.sh --all, which sets MOLSAMPLING_TEST_ALL=1. A shorter form of each statement
/// runs always.</summary>
internal static class SlowTests
{
    public static bool Asked => Environment.GetEnvironmentVariable("MOLSAMPLING_TEST_ALL") == "1";

    public static void Require() => Skip.IfNot(Asked, "a slow check: ./test.sh --all");
}
