using MolSampling.Molecular.ForceFields.Smirnoff;

namespace MolSampling.Tests.Molecular.ForceFields.Smirnoff;

/// <summary>Numbers with units as force-field files write them.</summary>
public sealed class SmirnoffQuantityTests
{
    [Fact]
    public void Units_are_converted_however_they_are_written()
    {
        Same(0.12, "1.2 * angstrom ** 1", SmirnoffUnits.OfLength);
        Same(0.12, "0.12*nanometer", SmirnoffUnits.OfLength);
        Same(Math.PI, "180*degree", SmirnoffUnits.OfAngle);
        Same(-2e-5, "-2.0e-5 * elementary_charge ** 1", SmirnoffUnits.OfCharge);
        Same(7, "7.0", default);
        foreach (string text in new[] { "2 * kilocalorie / mole / angstrom ** 2", "2 * mole**-1 * angstrom**-2 * kilocalorie**1",
            "2*kilocalories_per_mole/angstrom**2", "2.0 * kilocalorie_per_mole ** 1 * angstrom ** -2", "angstrom**-2*kilocalorie*2/mole" })
            Same(836.8, text, SmirnoffUnits.OfBondConstant);
        Same(8.368, "2 * mole ** -1 * radian ** -2 * kilocalorie ** 1", SmirnoffUnits.OfAngleConstant);
        Same(2 * 4.184 / Math.Pow(Math.PI / 180, 2), "2*kilocalorie_per_mole/degree**2", SmirnoffUnits.OfAngleConstant);

        static void Same(double expected, string text, SmirnoffUnits units) => Assert.Equal(expected,
            SmirnoffQuantity.Parse(text, units), 1e-12 * Math.Abs(expected));
    }

    [Theory]
    [InlineData("1.2", "has the wrong units")]
    [InlineData("1.2 * degree", "has the wrong units")]
    [InlineData("1.2 * angstrom ** 2", "has the wrong units")]
    [InlineData("1.2 * furlong", "is no number with known units")]
    [InlineData("1.2 * angstrom ** one", "is no number with known units")]
    [InlineData("1.2 * angstrom ** 1 ** 1", "is no number with known units")]
    [InlineData("1.2 * ", "is no number with known units")]
    [InlineData("", "is no number with known units")]
    [InlineData("NaN * angstrom", "is no number with known units")]
    [InlineData("1 / 0 * angstrom", "is no number with known units")]
    public void Anything_else_is_refused(string text, string reason) => Assert.Equal($"'{text}' {reason}",
        Assert.Throws<FormatException>(() => SmirnoffQuantity.Parse(text, SmirnoffUnits.OfLength)).Message);
}
