namespace MolSampling.Tests;

/// <summary>Statistical tests that take minutes: they run under ./test.sh --all, which sets MOLSAMPLING_TEST_ALL=1.</summary>
internal static class SlowTests
{
    public static void Require() => Skip.IfNot(Environment.GetEnvironmentVariable("MOLSAMPLING_TEST_ALL") == "1", "a slow check: ./test.sh --all");
}
