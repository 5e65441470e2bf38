namespace MolSampling.Potentials.Terms;

/// <summary>alpha, beta, gamma of a Born radius: 1/B = 1/rho - tanh(alpha psi - beta psi^2 + gamma psi^3)/r.</summary>
/// <param name="Alpha">Dimensionless.</param>
/// <param name="Beta">Dimensionless.</param>
/// <param name="Gamma">Dimensionless.</param>
public readonly record struct BornCoefficients(double Alpha, double Beta, double Gamma);
