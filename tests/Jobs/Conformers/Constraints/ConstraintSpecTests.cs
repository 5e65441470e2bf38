using MolSampling.Jobs.Conformers;
using MolSampling.Jobs.Conformers.Constraints;

namespace MolSampling.Tests.Jobs.Conformers.Constraints;

/// <summary>What --constrain takes, and what it says of what it does not.</summary>
public sealed class ConstraintSpecTests
{
    [Theory]
    [InlineData("distance:3-9=0.30+-0.02", "Distance", "2,8", null, 0.3, 0.02, 100_000)]
    [InlineData(" distance:3-9=0.3 ", "Distance", "2,8", null, 0.3, 0, 100_000)]
    [InlineData("angle:1-2-3=110±5:250", "Angle", "0,1,2", null, 110, 5, 250)]
    [InlineData("torsion:1-2-3-4=-60+-1e1", "Torsion", "0,1,2,3", null, -60, 10, 1000)]
    [InlineData("torsion:[CH3:1]C(=O)N=180", "Torsion", null, "[CH3:1]C(=O)N", 180, 0, 1000)]
    [InlineData("distance:[O:1]=CC[N:2]=0.3+-0.1:5e3", "Distance", null, "[O:1]=CC[N:2]", 0.3, 0.1, 5000)]
    [InlineData("core:c1ccccc1C=O", "Core", null, "c1ccccc1C=O", 0, 0, 100_000)]
    [InlineData("core:4-2-9", "Core", "3,1,8", null, 0, 0, 100_000)]
    public void A_constraint_is_read(string text, string kind, string? atoms, string? smarts, double centre, double width, double constant)
    {
        var spec = ConstraintSpec.Parse(text);
        double unit = kind is "Angle" or "Torsion" ? Math.PI / 180 : 1;
        Assert.Equal((kind, atoms, smarts), (spec.Kind.ToString(), spec.Atoms is null ? null : string.Join(',', spec.Atoms), spec.Smarts));
        Assert.Equal(centre * unit, spec.Centre, 1e-12);
        Assert.Equal(width * unit, spec.Width, 1e-12);
        Assert.Equal(constant, spec.ForceConstant);
        Assert.Equal(text.Trim(), spec.Text);
    }

    [Theory]
    [InlineData("torsoin:1-2-3-4=60", "--constrain 'torsoin' is unknown: distance, angle, torsion, core; did you mean torsion?")]
    [InlineData("", "--constrain '' is unknown: distance, angle, torsion, core")]
    [InlineData("distance:1-2", "--constrain distance:1-2: write distance:I-J=0.30+-0.02 (nm)")]
    [InlineData("distance:1-2=0.3+-", "--constrain distance:1-2=0.3+-: write distance:I-J=0.30+-0.02 (nm)")]
    [InlineData("distance:1-2-3=0.3", "--constrain distance:1-2-3=0.3: write distance:I-J=0.30+-0.02 (nm) with 2 different atoms")]
    [InlineData("angle:1-2-1=90", "--constrain angle:1-2-1=90: write angle:I-J-K=110+-5 (degrees) with 3 different atoms")]
    [InlineData("core:", "--constrain core:: write core:SMARTS or core:I-J-K-...")]
    [InlineData("core:4", "--constrain core:4: write core:SMARTS or core:I-J-K-... with two different atoms or more")]
    [InlineData("distance:1-2=-0.3", "--constrain distance:1-2=-0.3: the distance in nm must lie between 0 and 100")]
    [InlineData("angle:1-2-3=190", "--constrain angle:1-2-3=190: the angle in degrees must lie between 0 and 180")]
    [InlineData("torsion:1-2-3-4=60+-200", "--constrain torsion:1-2-3-4=60+-200: the half-width behind +- must lie between 0 and 180")]
    [InlineData("torsion:1-2-3-4=60+-10:0", "--constrain torsion:1-2-3-4=60+-10:0: the force constant must lie between 1E-06 and 10000")]
    [InlineData("distance:1-2=1.2.3", "--constrain distance:1-2=1.2.3: the distance in nm must lie between 0 and 100")]
    [InlineData("torsion:CC CC=60", "--constrain torsion:CC CC=60: it must be written without blanks")]
    [InlineData("distance:-1-2=0.3", "--constrain distance:-1-2=0.3: write distance:I-J=0.30+-0.02 (nm), atoms numbered from 1")]
    public void Anything_else_is_one_clear_line(string text, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => ConstraintSpec.Parse(text)).Message);

    [Theory]
    [InlineData("torsion:1-2-3-11=60", "atoms are numbered from 1 to 10")]
    [InlineData("torsion:OCCN=60", "the SMARTS matches nothing in this molecule")]
    [InlineData("torsion:OC(CO=60", "SMARTS Parse Error")]
    [InlineData("distance:[O:1]~[C:3]=0.1", "the tags are not 1, 2, ...")]
    [InlineData("distance:OC=0.14", "the SMARTS matches 2 times (O1-C2, O4-C3): narrow the pattern, or give the atoms' numbers")]
    [InlineData("distance:OCCO=0.3", "the SMARTS names 4 atoms, not 2: give 2 of them the tags :1, :2, ...")]
    [InlineData("core:[O:1]CCO", "a core has two atoms or more")]
    [InlineData("core:1-2-3-4", "which shape? Give a conformer by --start, or an input with coordinates")]
    [InlineData("distance:4-6=0.3+-0.02", "H6 and H7 are told apart by a geometry only: give one whose numbers are meant")]
    [InlineData("distance:1-4=0.3+-0.02 distance:4-1=0.4+-0.02",
        "excludes --constrain distance:1-4=0.3+-0.02: distance O4-O1 in 0.4 +- 0.02 nm and distance O1-O4 in 0.3 +- 0.02 nm")]
    [InlineData("torsion:1-2-3-4=170+-5 torsion:4-3-2-1=-140+-20", "excludes --constrain torsion:1-2-3-4=170+-5")]
    [InlineData("distance:1-3=0.6+-0.01", "cannot be met: in the best of 16 geometries that were minimised with it O1-C3 is 0.4")]
    public void What_is_not_of_the_molecule_is_refused_with_the_reason(string constraints, string reason)
    {
        using var molecule = RDKitMolecule.FromSmiles("OCCO");
        ConformerResult result = new ConformerSampler(new() { Constraints = constraints }).Run(molecule, "OCCO");
        Assert.True(result.IsInputError);
        Assert.StartsWith("OCCO: --constrain ", result.Reason, StringComparison.Ordinal);
        Assert.Contains(reason, result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Reason!);
    }
}
