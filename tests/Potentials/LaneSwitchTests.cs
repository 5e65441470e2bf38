using System.Runtime.Intrinsics;
using MolSampling.Potentials.Engine;
using MolSampling.Potentials.Terms;

namespace MolSampling.Tests.Potentials;

/// <summary>./test.sh runs some tests with narrower lanes than the processor has, by switches of the runtime: whether they were
/// heard.</summary>
[Trait("cpu", "lanes")]
public sealed class LaneSwitchTests
{
    [Fact]
    public void The_engine_is_as_wide_as_it_was_told_to_be()
    {
        string? told = Environment.GetEnvironmentVariable("MOLSAMPLING_TEST_LANES");
        int width = told is not null ? int.Parse(told, System.Globalization.CultureInfo.InvariantCulture)
            : Vector512.IsHardwareAccelerated ? 512
            : Vector256.IsHardwareAccelerated ? 256 : 128;
        var potential = new ForceFieldPotential(new SystemParameters([12, 12], [new TwoBodyTable<HarmonicBond>([0, 1], [250_000, 0.152])]));
        Assert.Equal(width, 32 * potential.BlockWidth);
    }
}
