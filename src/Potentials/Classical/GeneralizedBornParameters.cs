using MolSampling.Potentials.Terms;

namespace MolSampling.Potentials.Classical;

/// <summary>A generalized Born solvent with a surface term.</summary>
/// <param name="Model">Which formula of the Born radius.</param>
/// <param name="Radii">[N] nm, before the model's offset is taken off.</param>
/// <param name="Scales">[N] descreening factors.</param>
/// <param name="SoluteDielectric">Inside.</param>
/// <param name="SolventDielectric">Outside.</param>
/// <param name="SurfaceTension">kJ/mol/nm^2; 0 for no surface term.</param>
public sealed record GeneralizedBornParameters(BornModel Model, IReadOnlyList<double> Radii, IReadOnlyList<double> Scales,
    double SoluteDielectric = GeneralizedBornParameters.DefaultSoluteDielectric,
    double SolventDielectric = GeneralizedBornParameters.DefaultSolventDielectric,
    double SurfaceTension = GeneralizedBornParameters.DefaultSurfaceTension)
{
    /// <summary>That of vacuum, as in Amber and OpenMM.</summary>
    public const double DefaultSoluteDielectric = 1;

    /// <summary>Water, as in Amber and OpenMM.</summary>
    public const double DefaultSolventDielectric = 78.5;

    /// <summary>5.4 cal/mol/Angstrom^2 in kJ/mol/nm^2, as in Amber and OpenMM.</summary>
    public const double DefaultSurfaceTension = 2.25936;

    /// <summary>[N] of the Born radius, for <see cref="BornModel.Gbn2"/>; null for a model that has the same for all atoms.</summary>
    public IReadOnlyList<BornCoefficients>? Coefficients { get; init; }

    /// <summary>An atom's coefficients.</summary>
    /// <exception cref="ArgumentException">The model has some for every atom, and they are not here.</exception>
    public BornCoefficients CoefficientsOf(int atom) => Model.CommonCoefficients() ?? (Coefficients is { } own && own.Count == Radii.Count
        ? own[atom] : throw new ArgumentException($"{Model.Name()} needs alpha, beta and gamma of every atom."));
}
