using System.Globalization;
using System.Text.RegularExpressions;
using MolSampling.Molecular;
using MolSampling.Molecular.Formats;

namespace MolSampling.Jobs.Conformers.Constraints;

/// <summary>What a constraint is about.</summary>
internal enum ConstraintKind
{
    /// <summary>Of two atoms.</summary>
    Distance,

    /// <summary>Of three atoms, at the second.</summary>
    Angle,

    /// <summary>Of four atoms, about the axis of the second and the third.</summary>
    Torsion,

    /// <summary>All distances within a group of atoms and its hand.</summary>
    Core,
}

/// <summary>
/// One constraint as it is asked for: <c>distance:3-9=0.30+-0.02</c>, <c>angle:1-2-3=110+-5</c>, <c>torsion:1-2-3-4=60+-10</c>,
/// <c>core:SMARTS</c>. In place of numbers a SMARTS names the atoms: all of them in their order, or those with tags (:1, :2, ...).
/// Distances are nm, angles and torsions degrees; without +- the window has no width. A force constant follows behind a colon.
/// </summary>
/// <param name="Text">As written.</param>
/// <param name="Kind">What is constrained.</param>
/// <param name="Atoms">Indices from 0; null where a pattern names them.</param>
/// <param name="Smarts">The pattern; null where numbers do.</param>
/// <param name="Centre">nm or rad.</param>
/// <param name="Width">Half of the window, nm or rad.</param>
/// <param name="ForceConstant">kJ/mol/nm^2 or kJ/mol/rad^2.</param>
internal sealed partial record ConstraintSpec(string Text, ConstraintKind Kind, int[]? Atoms, string? Smarts, double Centre, double Width,
    double ForceConstant)
{
    /// <summary>kJ/mol/nm^2, a third of a bond's: the thermal excess beyond a wall is 0.005 nm at 300 K.</summary>
    public const double StiffDistance = 100_000;

    /// <summary>kJ/mol/rad^2, twice a stiff angle's: 3 degrees at 300 K.</summary>
    public const double StiffAngle = 1_000;

    private const string Decimal = @"[\d.]+(?:[eE][-+]?\d+)?";
    private const double Degree = Math.PI / 180, LongestDistance = 100, StiffestDistance = 1e6, StiffestAngle = 1e4;
    private static readonly string[] s_kinds = ["distance", "angle", "torsion", "core"];

    /// <summary>Atoms that it takes; a core any number from two.</summary>
    public int Arity => Kind switch { ConstraintKind.Distance => 2, ConstraintKind.Angle => 3, ConstraintKind.Torsion => 4, _ => 0 };

    /// <summary>Reads some, separated by blanks, which neither numbers nor SMARTS have.</summary>
    /// <exception cref="ArgumentException">One is none; one line.</exception>
    public static IEnumerable<ConstraintSpec> ParseAll(string texts) =>
        texts.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Parse);

    /// <summary>Reads one.</summary>
    /// <exception cref="ArgumentException">It is none; one line.</exception>
    public static ConstraintSpec Parse(string text)
    {
        string trimmed = text.Trim(), word = trimmed.Split(':')[0];
        if (!s_kinds.Contains(word))
            throw new ArgumentException(Spelling.Unknown("--constrain", word, s_kinds));
        if (trimmed.Any(char.IsWhiteSpace))
            throw new ArgumentException($"--constrain {SingleLine.Of(trimmed, 80)}: it must be written without blanks");
        var kind = (ConstraintKind)Array.IndexOf(s_kinds, word);
        string rest = trimmed[word.Length..].TrimStart(':');
        if (kind == ConstraintKind.Core)
            return Named(new(trimmed, kind, null, null, 0, 0, StiffDistance), rest);
        Match value = Value().Match(rest);
        if (!value.Success)
            throw Wrong(trimmed, kind, "");
        bool isDistance = kind == ConstraintKind.Distance;
        double unit = isDistance ? 1 : Degree, stiff = isDistance ? StiffDistance : StiffAngle;
        (double least, double most) = kind switch
        {
            ConstraintKind.Distance => (0, LongestDistance),
            ConstraintKind.Angle => (0, 180),
            _ => (-360.0, 360.0),
        };
        double centre = Number("centre", 0, least, most, isDistance ? "the distance in nm" : "the angle in degrees"),
            width = Number("width", 0, 0, isDistance ? LongestDistance : 180, "the half-width behind +-"),
            constant = Number("k", stiff, 1e-6, isDistance ? StiffestDistance : StiffestAngle, "the force constant");
        return Named(new(trimmed, kind, null, null, unit * centre, unit * width, constant), value.Groups["what"].Value);

        double Number(string group, double otherwise, double lowest, double highest, string what)
        {
            if (!value.Groups[group].Success)
                return otherwise;
            return double.TryParse(value.Groups[group].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double v)
                && v >= lowest && v <= highest ? v : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                    $"--constrain {trimmed}: {what} must lie between {lowest} and {highest}"));
        }
    }

    /// <summary>With its atoms.</summary>
    private static ConstraintSpec Named(ConstraintSpec spec, string what)
    {
        if (what.Length == 0)
            throw Wrong(spec.Text, spec.Kind, "");
        if (!Numbers().IsMatch(what))
            return what.Any(char.IsAsciiLetter) || what.Contains('[', StringComparison.Ordinal) ? spec with { Smarts = what }
                : throw Wrong(spec.Text, spec.Kind, ", atoms numbered from 1");
        int[] atoms = AtomNumbers.Parse(what);
        int needed = spec.Arity;
        return atoms.Distinct().Count() == atoms.Length && (needed == 0 ? atoms.Length > 1 : atoms.Length == needed)
            ? spec with { Atoms = atoms }
            : throw Wrong(spec.Text, spec.Kind, needed == 0 ? " with two different atoms or more" : $" with {needed} different atoms");
    }

    private static ArgumentException Wrong(string text, ConstraintKind kind, string with) => new($"--constrain {text}: write "
        + (kind switch
    {
        ConstraintKind.Distance => "distance:I-J=0.30+-0.02 (nm)",
        ConstraintKind.Angle => "angle:I-J-K=110+-5 (degrees)",
        ConstraintKind.Torsion => "torsion:I-J-K-L=60+-10 (degrees)",
        _ => "core:SMARTS or core:I-J-K-...",
    }) + with);

    [GeneratedRegex(@"^\d+(-\d+)*$")]
    private static partial Regex Numbers();

    // the last '=' parts atoms and value: those of a SMARTS stand before it
    [GeneratedRegex(@"^(?<what>.+)=(?<centre>[-+]?" + Decimal + @")(?:(?:\+-|±)(?<width>" + Decimal + "))?(?::(?<k>" + Decimal + "))?$")]
    private static partial Regex Value();
}
